/**
 * A range that is written again, window by window, in place of what is there. How far it has come is kept as the state of a
 * job is, under a name of its own: a backfill that was interrupted goes on where it was, and where the job itself stands
 * does not move.
 */
import { IcebergError } from '../../base/errors.ts'
import { compareKeyTexts } from '../key-text.ts'
import type { WindowReport } from '../report.ts'
import { keptCuts } from './position.ts'
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
 * @throws IcebergError `invalid` for a job whose rows in the range cannot be told from others
 */
export async function* runBackfill(
  findJob: () => Promise<WindowedJob>,
  range: BackfillRange,
  context: RunContext,
): AsyncGenerator<WindowReport, void, undefined> {
  if (compareKeyTexts(range.from, range.to) >= 0) {
    throw new IcebergError('invalid', 'a backfill ends after it begins', { context: { ...range } })
  }
  for (let isFirst = true; ; isFirst = false) {
    context.signal?.throwIfAborted()
    const report = await runNextWindow(rangeJob(await findJob(), { ...range, isFirst }), context)
    if (report.outcome === 'nothing-to-do') return
    yield report
    if (context.isDryRun) return
  }
}

interface BackfillStep extends BackfillRange {
  /** Whether a range that was finished before is begun anew. */
  readonly isFirst: boolean
}

/** The job as one that takes the windows of a range. */
function rangeJob(job: WindowedJob, range: BackfillStep): WindowedJob {
  const [cut, other] = keptCuts(job)
  const [entry, more] = cut?.entries ?? []
  if (cut === undefined || entry === undefined || other !== undefined || more !== undefined) {
    throw new IcebergError(
      'invalid',
      'only a job that moves one key of one input can be run over a range of it',
      { context: { job: job.name } },
    )
  }
  const { key: start, value: end } = entry
  return {
    ...job,
    kind: 'backfill',
    replacesWindow: true,
    cuts: job.cuts.map((one) => (one === cut ? rangeCut(cut, { ...range, start, end }) : one)),
  }
}

/** Keys of a backfill's state, beside those of the job. */
const FROM = '|from'
const TO = '|to'

interface CutRange extends BackfillStep {
  /** Names of the keys that a window begins and ends with. */
  readonly start: string
  readonly end: string
}

function rangeCut(cut: Cut, { from, to, step, isFirst, start, end }: CutRange): Cut {
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
      const begin = isFirst && compareKeyTexts(reached, to) >= 0 ? from : reached
      const own = await cut.values(new Map([[start, begin]]))
      const next = step === undefined ? (own.get(end) ?? to) : shiftText(begin, parseStep(step), 1)
      const until = compareKeyTexts(next, to) > 0 ? to : next
      return new Map([...own, [end, until], [FROM, from], [TO, to]])
    },
    beyond: async (values) => {
      const begin = values.get(start) ?? to
      return compareKeyTexts(begin, to) >= 0 ? { end: begin, bound: to } : null
    },
    oddities: async () => [],
    rereads: null,
  }
}
