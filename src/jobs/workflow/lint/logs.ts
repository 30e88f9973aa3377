// Logs that are read again from their beginning: what they have let go of cannot be written again.
import type { FlareJob } from '../model.ts'
import { finding } from './finding.ts'
import type { Finding } from './finding.ts'
import { outputsReached } from './flow.ts'

export function logFindings(job: FlareJob): readonly Finding[] {
  const logs = job.inputs.filter((input) => input.log !== null)
  const outputs = new Set(logs.flatMap(({ name }) => outputsReached(job, name)))
  return [...outputs].flatMap((output) =>
    output.kind === 'table' && output.mode === 'overwrite-partitions'
      ? finding(
          'log-reread',
          output.place,
          'once the log has let go of the first rows of a partition, the next run replaces it by the rest: append, or merge',
        )
      : [],
  )
}
