// Loaded before every test file: property tests take the same cases at each landing, so that a red one says something of the change.
import fc from 'fast-check'

/** What KCR_SEED asks for: "random" is a new number each time, a number itself, nothing the landing's own. */
export function seedOf(given: string | undefined): number {
  if (given === undefined || given === '') return 20261124
  if (given === 'random') return Math.floor(Math.random() * 2 ** 31)
  if (!/^-?\d+$/.test(given)) throw new Error(`KCR_SEED is "${given}": a whole number or "random" is expected.`)
  return Number(given)
}

/** The seed of this process: a failure's own message or the test's name shows it, and KCR_SEED=<it> repeats the cases. */
export const seed = seedOf(process.env['KCR_SEED'])

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed })
