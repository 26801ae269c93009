// What config providers gave, hidden wherever text leaves the worker: log, traces, REST, labels of metrics, dead letters. The reference stands in its place.
//
// Nobody can say of a value where it will turn up: as a topic in an error, as a group in a log line, as a word below a caret. So the few doors through which
// text leaves ask here. What is learned is looked for by its first characters: a text takes the same time whatever number of values is known.
import { withoutLogins } from '../util/logins.ts'

/** Shorter ones are words of every line: `1`, `no`, `PK`. */
const lengthMin = 4
/** From here on a value is hidden within words, too, and so is the beginning of one that was cut. Shorter ones are words of our own: `redis`, `orders`. */
const lengthAnywhere = 8
/** Parts of one value that are known by themselves: items of a list, lines, long words. */
const partsMax = 200
/** So much of a value is hidden whatever follows: what was compared is not compared again from its next letter. */
const lengthEnough = 256
/** Beyond these the oldest parts are forgotten, and the oldest values where there are no parts. What is learned again is young again. */
const valuesMax = 5000
/** Said of everything, secrets of nobody. */
const commonWords = new Set(
  (
    'true false none null http https localhost 127.0.0.1 0.0.0.0 trace debug info warn error fatal text json ' +
    'required requisite sufficient optional username password ' +
    'redis kafka connect topic value key offset partition time level logger context message sink task worker ' +
    'connector converter consumer producer'
  ).split(' ')
)

/** `kept` is never forgotten. */
type Rank = 'kept' | 'whole' | 'part'

/** A reference as it is written, and what it stands for: plain data, for other threads. */
export interface Learned {
  readonly text: string
  readonly value: string
  readonly isSecret: boolean
}

interface Value {
  readonly rank: Rank
  /** In lower case: names of hosts and words of KCQL come back in another one. */
  readonly text: string
  /** As it was given, where it is all of it. */
  readonly whole: string | null
  readonly reference: string
}

const ranks: readonly Rank[] = ['kept', 'whole', 'part']

export class SecretMask {
  readonly #byHead = new Map<string, Value[]>()
  /** What is known, oldest first. */
  readonly #known: Readonly<Record<Rank, Map<string, Value>>> = {
    kept: new Map(),
    whole: new Map(),
    part: new Map()
  }

  /**
   * A reference as it is written, `${file:/run/secrets.properties:password}`, stands for `value`. Of a secret messages may say any part; of what is none
   * its items are names, and its words are everybody's.
   */
  learn(written: string, value: string, { isSecret = false } = {}): void {
    this.#learn({ text: written, value, isSecret }, 'whole', 'part')
  }

  /** What the worker's own file was given is learned once: it is not forgotten for any connector's sake. */
  keep(secret: Learned): void {
    this.#learn(secret, 'kept', 'kept')
  }

  #learn({ text: written, value, isSecret }: Learned, rankOfWhole: Rank, rankOfPart: Rank): void {
    const reference = printable(written)
    const whole = value.trim()
    for (const [index, part] of (isSecret ? partsOf(whole) : itemsOf(whole)).entries())
      this.#add(part, `${reference}[${index}]`, rankOfPart)
    for (const form of new Set([whole, encoded(whole), JSON.stringify(whole).slice(1, -1)]))
      this.#add(form, reference, rankOfWhole, form)
  }

  /** A text for a person, without what providers gave and without logins in addresses. */
  text(text: string): string {
    if (this.#byHead.size === 0) return withoutLogins(text)
    return withoutLogins(text.includes('\n') ? this.#lines(text) : this.#line(text).text)
  }

  /** Data that is shown as it is, but for what a provider gave, where all of it stands there just so. */
  data(text: string): string {
    return this.#byHead.size === 0 ? text : this.#line(text, true).text
  }

  /** A text that is shown to whoever wrote it: only the logins in its addresses are hidden. */
  withoutLogins(text: string): string {
    return withoutLogins(text)
  }

  #valueOf(text: string): Value | undefined {
    return this.#known.kept.get(text) ?? this.#known.whole.get(text) ?? this.#known.part.get(text)
  }

  #add(given: string, reference: string, rank: Rank, whole: string | null = null): void {
    const text = given.toLowerCase()
    if (!isTelling(text)) return
    const known = this.#valueOf(text)
    if (known !== undefined && ranks.indexOf(known.rank) < ranks.indexOf(rank)) return
    if (known?.rank === rank && known.whole === (whole ?? known.whole)) {
      this.#known[rank].delete(text)
      this.#known[rank].set(text, known)
      return
    }
    if (known !== undefined) this.#forget(known)
    const value = { rank, text, whole, reference }
    this.#known[rank].set(text, value)
    const head = text.slice(0, lengthMin)
    const values = this.#byHead.get(head) ?? []
    // Of two that fit, the longer one is meant.
    const shorter = values.findIndex(other => other.text.length < text.length)
    values.splice(shorter < 0 ? values.length : shorter, 0, value)
    this.#byHead.set(head, values)
    this.#forgetOldest()
  }

  #forgetOldest(): void {
    const { whole, part } = this.#known
    if (whole.size + part.size <= valuesMax) return
    const [oldest] = (part.size > 0 ? part : whole).values()
    if (oldest !== undefined) this.#forget(oldest)
  }

  #forget(value: Value): void {
    this.#known[value.rank].delete(value.text)
    const head = value.text.slice(0, lengthMin)
    const left = (this.#byHead.get(head) ?? []).filter(other => other !== value)
    if (left.length === 0) this.#byHead.delete(head)
    else this.#byHead.set(head, left)
  }

  /** A caret below a line stays below the word it points to. */
  #lines(text: string): string {
    let above: readonly Shift[] = []
    return text
      .split('\n')
      .map(line => {
        if (above.length > 0 && /^ *\^+$/.test(line)) {
          const moved = movedCaret(line, above)
          above = []
          return moved
        }
        const { text: shown, shifts } = this.#line(line)
        above = shifts
        return shown
      })
      .join('\n')
  }

  #line(text: string, isData = false): { readonly text: string; readonly shifts: readonly Shift[] } {
    const lower = text.toLowerCase()
    // A few letters change their length with their case: such a line is looked through as it is.
    const searched = lower.length === text.length ? lower : text
    const shifts: Shift[] = []
    let shown = ''
    let from = 0
    for (let at = 0; at + lengthMin <= searched.length; at++) {
      const found = isData ? this.#wholeAt(text, searched, at) : this.#at(searched, at)
      if (found === null) {
        if (!isData) at = endOfReference(searched, at)
        continue
      }
      shown += text.slice(from, at) + found.reference
      shifts.push({ at, length: found.length, by: found.reference.length - found.length })
      from = at + found.length
      at = from - 1
    }
    return { text: from === 0 ? text : shown + text.slice(from), shifts }
  }

  #wholeAt(text: string, lower: string, at: number): Found | null {
    for (const { whole, reference } of this.#byHead.get(lower.slice(at, at + lengthMin)) ?? []) {
      if (whole === null || !text.startsWith(whole, at)) continue
      const { length } = whole
      if (length >= lengthAnywhere || isWord(text, at, length)) return { reference, length }
    }
    return null
  }

  #at(text: string, at: number): Found | null {
    for (const value of this.#byHead.get(text.slice(at, at + lengthMin)) ?? []) {
      const length = commonLength(value.text, text, at)
      const isCut = length >= lengthEnough || (length >= lengthAnywhere && text.startsWith('...', at + length))
      if (length < value.text.length && !isCut) continue
      if (length >= lengthAnywhere || isWord(text, at, length)) return { reference: value.reference, length }
    }
    return null
  }
}

/**
 * Shows names that are a value of these references, or an item of one, as the reference. Others stay as they are, for they tell things apart: what another
 * connector was given is no matter, and `Orders` is not `orders`.
 */
export function labelsOf(given: readonly Pick<Learned, 'text' | 'value'>[]): (name: string) => string {
  const labels = new Map<string, string>()
  const add = (name: string, reference: string): void => {
    if (isTelling(name.toLowerCase()) && !labels.has(name)) labels.set(name, reference)
  }
  for (const { text, value } of given) {
    const whole = value.trim()
    const reference = printable(text)
    add(whole, reference)
    for (const [index, item] of itemsOf(whole).entries()) add(item, `${reference}[${index}]`)
  }
  return name => labels.get(name) ?? name
}

/** A message about one value, which may be of any length: where it stands by itself `instead` is shown. What is hidden already is not looked into. */
export function withoutValue(text: string, value: string, instead: string): string {
  if (value === '') return text
  let shown = ''
  let from = 0
  for (let at = 0; at + value.length <= text.length; at++) {
    if (text.startsWith(value, at) && (value.length >= lengthAnywhere || isWord(text, at, value.length))) {
      shown += text.slice(from, at) + instead
      from = at + value.length
      at = from - 1
    } else {
      at = endOfReference(text, at)
    }
  }
  return shown + text.slice(from)
}

/** In lower case: nothing that stands in every line. */
function isTelling(text: string): boolean {
  return text.length >= lengthMin && !/^\d{1,5}$/.test(text) && !commonWords.has(text)
}

/** It is put into lines that are written already, JSON among them. */
function printable(reference: string): string {
  return reference.replace(/["\\\p{C}]/gu, '?')
}

interface Found {
  readonly reference: string
  readonly length: number
}

/** Where a line was changed: behind `at`, `length` characters became `length + by`. */
interface Shift {
  readonly at: number
  readonly length: number
  readonly by: number
}

function movedCaret(line: string, shifts: readonly Shift[]): string {
  const moved = (column: number, isEnd: boolean): number => {
    let by = 0
    for (const shift of shifts) {
      if (column >= shift.at + shift.length) by += shift.by
      // Within what is hidden: all of it is pointed to.
      else if (column > shift.at) return shift.at + by + (isEnd ? shift.length + shift.by : 0)
    }
    return column + by
  }
  const start = moved(line.indexOf('^'), false)
  return ' '.repeat(start) + '^'.repeat(Math.max(1, moved(line.length, true) - start))
}

/** What messages say of a secret when they do not say all of it. */
function partsOf(value: string): readonly string[] {
  const items = value.split(/[,;\r\n]/).map(item => item.trim())
  // Of a login module's options, and of `user:password`.
  const quoted = value.split('"').filter((_, index) => index % 2 === 1)
  const [, password = ''] = /^[^\s:]+:(\S+)$/.exec(value) ?? []
  const words = value.split(/[\s,;="]+/).filter(word => word.length >= lengthAnywhere)
  return distinctParts(value, [...items, ...quoted, password, ...words])
}

/** Of a list such as `topics`; a statement of KCQL has commas, too. */
function itemsOf(value: string): readonly string[] {
  const items = value.split(',').map(item => item.trim())
  return items.some(item => /\s/.test(item)) ? [] : distinctParts(value, items)
}

function distinctParts(value: string, found: readonly string[]): readonly string[] {
  const parts = new Set(found.slice(0, partsMax))
  parts.delete(value)
  parts.delete('')
  return [...parts]
}

/** The last character of a reference that begins at `at`, or `at`: what is hidden already is not looked into. */
function endOfReference(text: string, at: number): number {
  if (!text.startsWith('${', at)) return at
  // No reference holds a brace, so that no character is looked at for two of them.
  const pattern = /\$\{[^{}:\n]*:[^{}\n]*\}/y
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex - 1 : at
}

function encoded(value: string): string {
  // A lone surrogate can't be encoded.
  return value.isWellFormed() ? encodeURIComponent(value) : value
}

function commonLength(value: string, text: string, at: number): number {
  let length = lengthMin
  while (length < value.length && value.charCodeAt(length) === text.charCodeAt(at + length)) length += 1
  return length
}

/** Short values are words or none: `test` is not hidden in `latest`, and neither in `my.test` nor in `test-1`. */
function isWord(text: string, at: number, length: number): boolean {
  const end = at + length
  return (
    !joins(text.slice(Math.max(0, at - 2), at), text.charAt(at)) &&
    !joins(text.charAt(end - 1), text.slice(end, end + 2))
  )
}

/** One of two characters may be a joint between two words. */
function joins(left: string, right: string): boolean {
  return /\w[.\-$]?$/.test(left) && /^[.\-$]?\w/.test(right)
}
