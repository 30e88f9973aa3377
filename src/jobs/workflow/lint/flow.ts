// Where rows go: from inputs through steps to outputs.
import { sameName } from '../../same-name.ts'
import type { FlareJob, Output } from '../model.ts'
import { viewsRead } from '../sql-outline.ts'
import { includesName } from '../view-names.ts'

/** The outputs that rows of a view come to, by whatever way. */
export function outputsReached(job: FlareJob, view: string): readonly Output[] {
  const reached = viewsReached(job, [view])
  return job.outputs.filter((output) => includesName(reached, output.name))
}

/** The views that rows of some come to, and these. */
export function viewsReached(
  { steps, stream }: FlareJob,
  views: readonly string[],
): readonly string[] {
  const reached = [...views]
  // Steps read what comes before them, so that once through is enough.
  for (const { name, sql } of steps) {
    if (viewsRead(sql).some((read) => includesName(reached, read))) reached.push(name)
  }
  const time = stream?.time ?? null
  if (time === null || !reached.some((name) => sameName(name, time.judged))) return reached
  return [...reached, time.result, ...(time.late === null ? [] : [time.late])]
}
