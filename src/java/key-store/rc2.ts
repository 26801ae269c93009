// Decrypts RC2-CBC (RFC 2268): Java 8 put the certificates of every PKCS#12 file under it, and OpenSSL 3 no longer knows it.

const PI_HEX =
  'd978f9c419ddb5ed28e9fd794aa0d89dc67e37832b76538e624c6488448bfba2' +
  '179a59f587b34f1361456d8d09817d32bd8f40eb86b77b0bf09521225c6b4e82' +
  '54d66593ce60b21c7356c014a78cf1dc1275ca1f3bbee4d1423dd430a33cb626' +
  '6fbf0eda4669075727f21d9bbc944303f811c7f690ef3ee706c3d52fc8661ed7' +
  '08e8eade8052eef784aa72ac354d6a2a961ad2715a1549744b9fd05e0418a4ec' +
  'c2e0416e0f51cbcc2491af50a1f47039997c3a8523b8b47afc02365b25559731' +
  '2d5dfa98e38a92ae05df2910676cbac9d300e6cfe19ea82c6316013f58e289a9' +
  '0d38341bab33ffb0bb480c5fb9b1cd2ec5f3db47e5a59c770aa62068fe7fc1ad'
const PI = Buffer.from(PI_HEX, 'hex')
const BLOCK = 8

/** The plain bytes, padding removed; null if the padding is not one. `effectiveBits` is 40 or 128. */
export function decryptRc2(key: Buffer, iv: Buffer, encrypted: Buffer, effectiveBits: number): Buffer | null {
  if (encrypted.length === 0 || encrypted.length % BLOCK !== 0) return null
  const words = expandedKey(key, effectiveBits)
  const plain = Buffer.alloc(encrypted.length)
  let previous = iv
  for (let at = 0; at < encrypted.length; at += BLOCK) {
    const block = encrypted.subarray(at, at + BLOCK)
    decryptBlock(words, block).forEach((byte, i) => (plain[at + i] = byte ^ (previous[i] ?? 0)))
    previous = block
  }
  const padding = plain.at(-1) ?? 0
  return padding >= 1 && padding <= BLOCK ? plain.subarray(0, -padding) : null
}

function expandedKey(key: Buffer, effectiveBits: number): Uint16Array {
  const bytes = Buffer.alloc(128)
  key.copy(bytes)
  const at = (i: number): number => bytes[i] ?? 0
  for (let i = key.length; i < 128; i++) bytes[i] = PI[(at(i - 1) + at(i - key.length)) & 255] ?? 0
  const length = Math.ceil(effectiveBits / 8)
  bytes[128 - length] = PI[at(128 - length) & (255 >> (8 * length - effectiveBits))] ?? 0
  for (let i = 127 - length; i >= 0; i--) bytes[i] = PI[at(i + 1) ^ at(i + length)] ?? 0
  return Uint16Array.from({ length: 64 }, (_, i) => bytes.readUInt16LE(2 * i))
}

const SHIFTS = [1, 2, 3, 5]

/** Sixteen mixing rounds backwards, a mashing round after the fifth and the eleventh. */
function decryptBlock(words: Uint16Array, block: Buffer): Buffer {
  const r = [0, 2, 4, 6].map(at => block.readUInt16LE(at))
  const of = (i: number): number => r[i & 3] ?? 0
  for (let round = 15; round >= 0; round--) {
    for (let i = 3; i >= 0; i--) {
      const shift = SHIFTS[i] ?? 0
      const rotated = (of(i) >>> shift) | (of(i) << (16 - shift))
      r[i] = (rotated - (words[4 * round + i] ?? 0) - (of(i - 1) & of(i - 2)) - (~of(i - 1) & of(i - 3))) & 0xffff
    }
    if (round === 5 || round === 11) {
      for (let i = 3; i >= 0; i--) r[i] = (of(i) - (words[of(i - 1) & 63] ?? 0)) & 0xffff
    }
  }
  const plain = Buffer.alloc(BLOCK)
  r.forEach((word, i) => plain.writeUInt16LE(word, 2 * i))
  return plain
}
