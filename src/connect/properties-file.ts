// The one reader of properties files for whoever has a file's bytes: Java's reading, and faults that name the file.
import { loadProperties } from '../java/properties.ts'
import { utf8Warning } from '../java/utf8-accident.ts'
import { ConfigError } from './errors.ts'

/**
 * The keys and values of the properties file at `path`, whose bytes are ISO 8859-1, as Java reads them. `warn` hears once of signs that were saved as
 * UTF-8. Throws ConfigError of `key` (the one that named the file, or null), which says the file, the line and what to write.
 */
export function propertiesIn(
  path: string,
  bytes: Uint8Array,
  { key = null, warn }: { readonly key?: string | null; readonly warn?: (text: string) => void } = {}
): ReadonlyMap<string, string> {
  const warning = warn === undefined ? null : utf8Warning(path, bytes)
  if (warning !== null) warn?.(warning)
  return namingFile(path, key, () => loadProperties(bytes))
}

/** What `parse` answers; its faults are told as faults of the file at `path`. */
export function namingFile<T>(path: string, key: string | null, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new ConfigError(key, `${path}: ${(error as Error).message}`, { cause: error })
  }
}
