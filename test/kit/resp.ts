// Redis's protocol as Redis reads and writes it, written from its description and from nothing of ours.

/** Requests as words, and the bytes behind the last whole one. Throws where Redis would say "Protocol error". */
export function readRequests(bytes: Buffer): { requests: readonly (readonly string[])[]; rest: Buffer } {
  const requests: string[][] = []
  let at = 0
  for (;;) {
    const request = readRequest(bytes, at)
    if (request === null) return { requests, rest: bytes.subarray(at) }
    requests.push(request.words)
    at = request.end
  }
}

function readRequest(bytes: Buffer, from: number): { words: string[]; end: number } | null {
  if (from >= bytes.length) return null
  const count = readCount(bytes, from, '*')
  if (count === null) return null
  let at = count.end
  const words: string[] = []
  for (let index = 0; index < count.value; index++) {
    const length = readCount(bytes, at, '$')
    if (length === null) return null
    const stop = length.end + length.value
    if (bytes.length < stop + 2) return null
    if (bytes.toString('latin1', stop, stop + 2) !== '\r\n') throw new Error(`no CR LF behind a word, at byte ${stop}`)
    words.push(bytes.toString('utf8', length.end, stop))
    at = stop + 2
  }
  return { words, end: at }
}

function readCount(bytes: Buffer, at: number, mark: string): { value: number; end: number } | null {
  if (at >= bytes.length) return null
  const found = String.fromCharCode(bytes[at] ?? 0)
  if (found !== mark) throw new Error(`expected '${mark}', got ${JSON.stringify(found)} at byte ${at}`)
  const end = bytes.indexOf('\r\n', at)
  if (end < 0) return null
  const text = bytes.toString('latin1', at + 1, end)
  if (!/^(0|[1-9][0-9]*)$/.test(text)) throw new Error(`no count: ${JSON.stringify(text)} at byte ${at}`)
  return { value: Number(text), end: end + 2 }
}

/** What Redis answers. */
export type Answer =
  number | null | { readonly error: string } | { readonly status: string } | string | readonly Answer[]

export const ok: Answer = { status: 'OK' }

export function answerText(answer: Answer): string {
  if (typeof answer === 'number') return `:${answer}\r\n`
  if (answer === null) return '$-1\r\n'
  if (typeof answer === 'string') return `$${Buffer.byteLength(answer)}\r\n${answer}\r\n`
  if ('error' in answer) return `-${answer.error}\r\n`
  if ('status' in answer) return `+${answer.status}\r\n`
  return `*${answer.length}\r\n${answer.map(answerText).join('')}`
}
