// System properties as Java's starters take them, `-Dname=value` among the words of KAFKA_OPTS.

/** The value of the last `-Dname=...`; undefined where there is none. */
export function systemProperty(javaOptions: string, name: string): string | undefined {
  let value: string | undefined
  for (const [, key, quoted, bare] of javaOptions.matchAll(/(?:^|\s)-D([^\s=]+)=(?:"([^"]*)"|(\S*))/g)) {
    if (key === name) value = quoted ?? bare
  }
  return value
}
