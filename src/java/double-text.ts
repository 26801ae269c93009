// How Java prints a double and a float: Double.toString and Float.toString as JDK 19 and later do it, the shortest text that reads back.

/** Double.toString: `1.0`, `0.1`, `1.0E10`, `4.9E-324`, `-0.0`, `NaN`, `Infinity`. */
export function doubleText(n: number): string {
  const abs = Math.abs(n)
  // Between 10^-3 and 10^7 Java writes no exponent, and JavaScript's own text is the same but for the `.0`.
  if (abs >= 1e-3 && abs < 1e7) return Number.isInteger(n) ? `${n}.0` : String(n)
  if (abs === 0) return Object.is(n, -0) ? '-0.0' : '0.0'
  if (abs === Infinity || abs !== abs) return String(n)
  const text = abs < TWO_DIGITS_BELOW ? tinyText(n) : n.toExponential()
  return computerized(text)
}

/** Float.toString of a float32 value; a number that is none is rounded to the nearest one first. */
export function floatText(n: number): string {
  const float = Math.fround(n)
  const abs = Math.abs(float)
  // Up to 2^24 every whole float32 is exact and its digits are the shortest text already.
  if (abs === Infinity || abs !== abs || (abs < 1e7 && Number.isInteger(abs))) return doubleText(float)
  const shortest = shortestFloat(abs)
  return doubleText(float < 0 ? -shortest : shortest)
}

// Only down here can a second digit come nearer than the shortest, one-digit text.
const TWO_DIGITS_BELOW = 1e-300

/** Java prefers the nearest of two digits to a single digit that also reads back: 4.9E-324, where JavaScript says 5e-324. */
function tinyText(n: number): string {
  const text = n.toExponential()
  if (text.includes('.')) return text
  const twoDigits = n.toExponential(1)
  return Number(twoDigits) === n ? twoDigits : text
}

/** `1.5e+23` as Java writes it, `1.5E23`, with at least one digit after the point. */
function computerized(text: string): string {
  const at = text.indexOf('e')
  const mantissa = text.slice(0, at)
  const exponent = text.slice(text[at + 1] === '+' ? at + 2 : at + 1)
  return `${mantissa.includes('.') ? mantissa : mantissa + '.0'}E${exponent}`
}

/** The double whose own shortest text is the text Java picks for this positive float32. */
function shortestFloat(abs: number): number {
  // Six digits tell all normal float32 apart, so at six a trailing zero is as good as a shorter try; subnormal ones start at two, Java's least.
  const normal = abs >= 2 ** -126
  for (let digits = normal ? 6 : 2; digits < 9; digits++) {
    const found = decimalOf(abs, digits)
    if (found !== null) return found
  }
  return Number(abs.toExponential(8))
}

/** The decimal of so many digits that is nearest to a float32 among those that read back as it, or null. */
function decimalOf(abs: number, digits: number): number | null {
  const text = abs.toExponential(digits - 1)
  const nearest = Number(text)
  if (Math.fround(nearest) !== abs) {
    // Below a power of two the float32 lie twice as close: the nearest decimal may miss and the next one above still read back.
    const above = nearest < abs ? stepped(text, digits, 1) : nearest
    return Math.fround(above) === abs ? above : null
  }
  if (!isTieRoundedUp(abs, digits, text)) return nearest
  const below = stepped(text, digits, -1)
  return Math.fround(below) === abs ? below : nearest
}

/** Of two decimals equally near Java takes the even one (2097152.25 is 2097152.2); toExponential takes the greater. */
function isTieRoundedUp(abs: number, digits: number, text: string): boolean {
  const lastDigit = text.charCodeAt(text.indexOf('e') - 1)
  // A float32 half-way between decimals of at most 9 digits is a multiple of 2^-16: the costly exact text is rarely made.
  if (lastDigit % 2 === 0 || !Number.isInteger(abs * 65536)) return false
  const exact = abs.toExponential(60).replace('.', '')
  return /^50*e/.test(exact.slice(digits))
}

/** The decimal of the same number of digits, one unit of the last digit greater or less. */
function stepped(text: string, digits: number, by: 1 | -1): number {
  const [mantissa = '0', exponent = '0'] = text.split('e')
  return Number(`${Number(mantissa.replace('.', '')) + by}e${Number(exponent) - digits + 1}`)
}
