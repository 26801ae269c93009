// What a run of test files comes to: red, green, or green at the second attempt, which is told and allowed to few.
import { type FileResult } from './file-reporter.ts'

/** More files than this that pass only when run alone are no accident: the run fails. */
export const flakyMax = 2

export interface Verdict {
  readonly isGreen: boolean
  /** Files that failed and then passed alone, with their first failure. */
  readonly flaky: readonly FileResult[]
  /** Files that failed for good: for what they said first. */
  readonly red: readonly FileResult[]
}

/**
 * Runs each failed file once more, alone, as long as the run can still be green: where more than `flakyMax` have failed, it
 * can't, whatever they do now.
 */
export async function judge(
  results: readonly FileResult[],
  again: (file: string) => Promise<boolean>
): Promise<Verdict> {
  const failed = results.filter(({ isGreen }) => !isGreen)
  if (failed.length > flakyMax) return { isGreen: false, flaky: [], red: failed }
  const flaky: FileResult[] = []
  const red: FileResult[] = []
  for (const result of failed) ((await again(result.file)) ? flaky : red).push(result)
  return { isGreen: red.length === 0, flaky, red }
}

/** The lines at the end of a run about files that are not simply green. */
export function verdictLines({ flaky, red }: Verdict): readonly string[] {
  const indented = ({ failures }: FileResult): string => failures.replaceAll(/^/gm, '    ')
  const why = red.length > flakyMax ? ` (more than ${flakyMax} files: none was run again)` : ''
  return [
    ...flaky.map(each => `FLAKY  ${each.file}: failed, then passed alone. Its first failure:\n${indented(each)}`),
    ...red.map(each => `RED    ${each.file}${why}`)
  ]
}

/** One line where a suite took longer than its budget: time is no measure of correctness, so it never fails a run. */
export function budgetLine(
  suite: string,
  seconds: number,
  budget: number,
  files: readonly FileResult[]
): string | null {
  if (seconds <= budget) return null
  const slowest = files.toSorted((a, b) => b.seconds - a.seconds).slice(0, 5)
  const list = slowest.map(each => `${each.file} ${each.seconds.toFixed(0)} s`).join(', ')
  const told = `SLOW   ${suite} took ${seconds.toFixed(0)} s of its ${budget} s`
  return list === '' ? told : `${told}; the slowest files: ${list}`
}
