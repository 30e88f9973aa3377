/**
 * A range that is written again, window by window, in place of what is there. How far it has come is kept as the state of a
 * job is, under a name of its own: a backfill that was interrupted goes on where it was, and where the job itself stands
 * does not move.
 */
import { IcebergError } from '../../base/errors.ts'
import type { WindowReport } from '../report.ts'
import { orderIn } from './key-order.ts'
import type { KeyOrder } from './key-order.ts'
import { findPosition, keptCuts } from './position.ts'
import type { RunContext } from './run-context.ts'
import { runNextWindow } from './run-window.ts'
import { parseStep, shiftText } from './step.ts'
import type { Cut, WindowedJob } from './windowed-job.ts'

/** `[from, to)` where windows are half-open, else what they are. */
export interface BackfillRange {
  readonly from: string
  readonly to: string
  /** Length of a window, such as `1 month`; that of the job's own windows when absent. */
  readonly step?: string
}

/**
 * Runs the windows of a range that are not done yet.
 *
 * @param findJob gives the job over its sources as they are, for each window anew
 * @throws IcebergError `invalid` for a job whose rows in the range cannot be told from others, and for a range whose rows its
 *   next runs would append once more
 */
export async function* runBackfill(
  findJob: () => Promise<WindowedJob>,
  range: BackfillRange,
  context: RunContext,
): AsyncGenerator<WindowReport, void, undefined> {
  const read = await checkedRange(await findJob(), range, context)
  for (let isFirst = true; ; isFirst = false) {
    context.signal?.throwIfAborted()
    const report = await runNextWindow(rangeJob(await findJob(), { ...read, isFirst }), context)
    if (report.outcome === 'nothing-to-do') return
    yield report
    if (context.isDryRun) return
  }
}

/** A range by the values that the key has. */
interface ReadRange extends BackfillRange {
  readonly order: KeyOrder
}

/** The range as the key's own values are spelled, which rows of the outputs can be told by. */
async function checkedRange(
  job: WindowedJob,
  range: BackfillRange,
  { store }: RunContext,
): Promise<ReadRange> {
  const { cut, start } = movedKey(job)
  const { state } = await findPosition(job, store)
  const stored = state.get(cut.stateKey)?.state ?? new Map<string, string>()
  const order = await orderIn(cut, start, stored)
  const bounds = { from: await order.read(range.from), to: await order.read(range.to) }
  if (order.compare(bounds.from, bounds.to) >= 0) {
    throw new IcebergError('invalid', 'a backfill ends after it begins', { context: { ...range } })
  }
  const read = { ...range, ...bounds, order }
  if (job.outputs.some((output) => output.kind === 'table' && output.effect === 'append')) {
    const stands = (await cut.values(stored)).get(start) ?? bounds.to
    checkReach(job, read, await order.read(stands))
  }
  return read
}

/** What lies after where the job stands is taken by its next runs: those that append do not look whether it is there. */
function checkReach(job: WindowedJob, { to, order }: ReadRange, stands: string): void {
  if (order.compare(to, stands) <= 0) return
  throw new IcebergError(
    'invalid',
    'a backfill of a job that appends ends where the job stands at the latest: its next runs take what comes after, which would be there twice',
    { context: { job: job.name, to, stands } },
  )
}

interface BackfillStep extends ReadRange {
  /** Whether a range that was finished before is begun anew. */
  readonly isFirst: boolean
}

/** The job as one that takes the windows of a range. */
function rangeJob(job: WindowedJob, range: BackfillStep): WindowedJob {
  const { cut, start, end } = movedKey(job)
  return {
    ...job,
    kind: 'backfill',
    replacesWindow: true,
    cuts: job.cuts.map((one) => (one === cut ? rangeCut(cut, { ...range, start, end }) : one)),
  }
}

interface MovedKey {
  readonly cut: Cut
  /** Names of the keys that a window begins and ends with. */
  readonly start: string
  readonly end: string
}

/** What moves a job from window to window. */
function movedKey(job: WindowedJob): MovedKey {
  const [cut, other] = keptCuts(job)
  const [entry, more] = cut?.entries ?? []
  if (cut !== undefined && entry !== undefined && other === undefined && more === undefined) {
    return { cut, start: entry.key, end: entry.value }
  }
  throw new IcebergError(
    'invalid',
    'only a job that moves one key of one input can be run over a range of it',
    { context: { job: job.name } },
  )
}

/** Keys of a backfill's state, beside those of the job. */
const FROM = '|from'
const TO = '|to'

type CutRange = BackfillStep & Pick<MovedKey, 'start' | 'end'>

function rangeCut(cut: Cut, { from, to, step, order, isFirst, start, end }: CutRange): Cut {
  return {
    ...cut,
    stateKey: cut.stateKey.replace('.incremental.', '.backfill.'),
    definitions: new Map(),
    entries: [
      { key: start, value: end },
      { key: FROM, value: FROM },
      { key: TO, value: TO },
    ],
    async values(stored) {
      const isSame = stored.get(FROM) === from && stored.get(TO) === to
      const reached = isSame ? (stored.get(start) ?? from) : from
      const begin = isFirst && order.compare(reached, to) >= 0 ? from : reached
      const own = await cut.values(new Map([[start, begin]]))
      const next = step === undefined ? (own.get(end) ?? to) : shiftText(begin, parseStep(step), 1)
      const until = order.compare(next, to) > 0 ? to : next
      return new Map([...own, [end, until], [FROM, from], [TO, to]])
    },
    beyond: async (values) => {
      const begin = values.get(start) ?? to
      return order.compare(begin, to) >= 0 ? { end: begin, bound: to, limit: 'range' } : null
    },
    oddities: async () => [],
    rereads: false,
  }
}
