// What every key store reader shares: the answer's shape, the error, and PEM text.

/** What TLS needs of a key store, as PEM text. */
export type KeyStore = {
  /** What a trust store vouches for: trusted entries and the own certificate of each key, as Java's trust manager takes them. */
  certificates: string[]
  /** The first private key, PKCS#8; null where the store has none. */
  key: string | null
  /** That key's certificates, its own first. */
  chain: string[]
}

/** A key store that cannot be read, with the reason; never with a password. */
export class KeyStoreError extends Error {
  override readonly name = 'KeyStoreError'
}

/** Bytes as a PEM block. */
export function pem(label: string, der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n')
}

/** A password as the older Java formulas take it: two bytes a character, big-endian. */
export function utf16Bytes(password: string): Buffer {
  return Buffer.from(password, 'utf16le').swap16()
}
