// Local times as the old sink's log lines show them.

/** `yyyy-MM-dd HH:mm:ss` of epoch milliseconds, in the process's time zone. */
export function localSeconds(now: number): string {
  const date = new Date(now)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The same with `.SSS`. */
export function localMillis(now: number): string {
  return `${localSeconds(now)}.${String(new Date(now).getMilliseconds()).padStart(3, '0')}`
}
