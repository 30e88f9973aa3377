/** One seed for all properties of a run, printed by fast-check on failure: `FC_SEED` replays, `FC_RUNS` deepens. */
import fc from 'fast-check'

const seed = process.env['FC_SEED']
const factor = Number(process.env['FC_RUNS'] ?? '1')

fc.configureGlobal({
  ...(seed === undefined ? {} : { seed: Number(seed) }),
  numRuns: Math.max(1, Math.round(100 * factor)),
})
