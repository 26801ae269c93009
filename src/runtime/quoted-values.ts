// Quotes around a value, as shells and YAML want them: a properties file keeps them as part of it.

/** The value without the quotes that stand around all of it; null: there are none, or they belong to something inside. */
export function unquoted(value: string): string | null {
  const text = value.trim()
  const [quote] = text
  if (text.length < 3 || (quote !== '"' && quote !== "'") || !text.endsWith(quote)) return null
  const inner = text.slice(1, -1)
  return inner.includes(quote) ? null : inner
}

/** A list whose items are quoted, or that is quoted as a whole, without the quotes; null: nothing is quoted. */
export function unquotedList(value: string): string | null {
  const whole = unquoted(value)
  if (whole !== null) return whole
  const items = value.split(',').map(item => item.trim())
  if (items.every(item => unquoted(item) === null)) return null
  return items.map(item => unquoted(item) ?? item).join(',')
}

/** Lists of names that hold no quotes: what is wrong with them shows up at other keys only. */
const listKeys = ['topics', 'topics.regex', 'transforms', 'predicates']

/** For a configuration with faults: those that quoted lists have a part in, by key. */
export function quotedListErrors(
  config: ReadonlyMap<string, string>
): readonly (readonly [key: string, text: string])[] {
  return listKeys.flatMap(key => {
    const value = config.get(key)
    const inner = value === undefined ? null : unquotedList(value)
    return inner === null ? [] : [[key, `${key}: The quotes are part of the value: write ${key}=${inner}`] as const]
  })
}

/** What to say of a quoted value, without a full stop; null: it has no quotes around it. */
export function quotesRemark(key: string, value: string | undefined): string | null {
  const inner = value === undefined ? null : unquoted(value)
  return inner === null ? null : `The quotes are part of the value: write ${key}=${inner}`
}

/** Keys whose values are names, or statements of them: quotes around all of it are never meant. */
const ofNames =
  /^(?:name|topics|transforms|predicates|connect\.redis\.host|connect\.redis\.kcql|errors\.deadletterqueue\.topic\.name)$/

/** A sentence for each key of names whose value is quoted. */
export function quoteWarnings(config: ReadonlyMap<string, string>): readonly string[] {
  return [...config].flatMap(([key, value]) => {
    const remark = ofNames.test(key) ? quotesRemark(key, value) : null
    return remark === null ? [] : `${key}: ${remark}`
  })
}
