// Where rows go: from inputs through steps to outputs.
import type { FlareJob, Output } from '../model.ts'
import { viewsRead } from '../sql-outline.ts'
import { includesName } from '../view-names.ts'

/** The outputs that rows of a view come to, by whatever way. */
export function outputsReached({ steps, outputs }: FlareJob, view: string): readonly Output[] {
  const reached = [view]
  // Steps read what comes before them, so that once through is enough.
  for (const { name, sql } of steps) {
    if (viewsRead(sql).some((read) => includesName(reached, read))) reached.push(name)
  }
  return outputs.filter((output) => includesName(reached, output.name))
}
