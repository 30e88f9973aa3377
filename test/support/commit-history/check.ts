import type { Operation, Version } from './operation.ts'
import { orderProblems, presenceProblems } from './order.ts'
import { replayProblems } from './replay.ts'

/**
 * What is wrong with a history of one table, in words, given what every process said of every operation, and the versions of
 * the table: lost, doubled and phantom commits, an order that the clock contradicts, validations that do not hold where the
 * commit stands, contents that the commits do not leave, and reads of what never was.
 */
export function historyProblems(
  operations: readonly Operation[],
  versions: readonly Version[],
): readonly string[] {
  return [presenceProblems, orderProblems, replayProblems].flatMap((problemsOf) =>
    problemsOf(operations, versions),
  )
}
