// Event time of rows that no stream brings.
import type { FlareJob } from '../model.ts'
import { includesName } from '../view-names.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { viewsReached } from './flow.ts'

export function eventTimeFindings(job: FlareJob): readonly Finding[] {
  const time = job.stream?.time ?? null
  if (time === null) return []
  const streams = job.inputs.filter(({ stream }) => stream !== null).map(({ name }) => name)
  if (includesName(viewsReached(job, streams), time.judged)) return []
  return [
    finding(
      'timed-without-stream',
      time.place,
      `no stream comes to the view ${time.judged}, and every batch takes all its rows again: read the stream in it`,
    ),
  ]
}
