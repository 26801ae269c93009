// Loaded before every test file: property tests take the same cases at each landing, so that a red one says something of the change.
import fc from 'fast-check'

/** `KCR_SEED=random` takes new cases each time, another number those of that number. */
const given = process.env['KCR_SEED'] ?? '20261124'

if (given !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(given) })
