// Whether what was acknowledged is in a history, once, and in an order that the clock allows. The history is given, so that no
// order has to be searched for.
import type { Operation, Version } from './operation.ts'

/** Where operations stand: `place` is the version that they made, or that they saw. */
export interface PlacedOperation {
  readonly operation: Operation
  readonly place: number
}

/** The version that each operation made, by its id. The first one if there are more, which {@link presenceProblems} tells. */
export function madeVersions(versions: readonly Version[]): ReadonlyMap<string, number> {
  const made = new Map<string, number>()
  for (const { number, signatures } of versions) {
    for (const id of signatures) if (!made.has(id)) made.set(id, number)
  }
  return made
}

/** Every version is of one operation, every operation of one version at most: of one if it is acknowledged, of none if it failed. */
export function presenceProblems(
  operations: readonly Operation[],
  versions: readonly Version[],
): readonly string[] {
  const problems: string[] = []
  const known = new Map(operations.map((operation) => [operation.id, operation]))
  const seen = new Set<string>()
  for (const [index, { number, signatures }] of versions.entries()) {
    if (number !== index + 1) problems.push(`version ${number} follows ${index}`)
    if (signatures.length !== 1) {
      problems.push(`version ${number} is of ${signatures.length} operations`)
    }
    for (const id of signatures) {
      const operation = known.get(id)
      if (operation === undefined) problems.push(`version ${number} is of nobody: ${id}`)
      else if (!mayBeMade(operation)) {
        problems.push(`version ${number} is of ${inWords(operation)}`)
      }
      if (seen.has(id)) problems.push(`version ${number} was made before: ${id}`)
      seen.add(id)
    }
  }
  for (const operation of operations) {
    const isMissing = operation.end?.outcome === 'ok' && !seen.has(operation.id)
    if (isMissing) problems.push(`no version is of ${inWords(operation)}`)
  }
  return problems
}

function mayBeMade({ end }: Operation): boolean {
  return end === null || end.outcome === 'ok' || end.outcome === 'unknown'
}

/** What ended before another began comes before it: writes where they stand, reads where what they saw stands. */
export function orderProblems(
  operations: readonly Operation[],
  versions: readonly Version[],
): readonly string[] {
  const problems: string[] = []
  const placed = placedOperations(operations, versions)
  let latest: PlacedOperation | null = null
  for (const group of byPlace(placed)) {
    for (const { operation } of group) {
      if (latest === null || endOf(operation) >= latest.operation.invokedAt) continue
      problems.push(
        `${inWords(operation)} stands after ${inWords(latest.operation)}, which began later`,
      )
    }
    for (const one of group) {
      if (latest === null || one.operation.invokedAt > latest.operation.invokedAt) latest = one
    }
  }
  return problems
}

/** A write comes right before the reads of its version, whose order among each other does not matter. */
function placedOperations(
  operations: readonly Operation[],
  versions: readonly Version[],
): readonly PlacedOperation[] {
  const made = madeVersions(versions)
  return operations.flatMap((operation) => {
    const seen = seenVersion(operation)
    if (seen !== null) return [{ operation, place: 2 * seen + 1 }]
    const version = made.get(operation.id)
    return version === undefined ? [] : [{ operation, place: 2 * version }]
  })
}

/** The version that an operation saw and left as it was; null for others. */
export function seenVersion({ end }: Operation): number | null {
  return end?.outcome === 'read' || end?.outcome === 'unchanged' ? end.version : null
}

function byPlace(placed: readonly PlacedOperation[]): readonly (readonly PlacedOperation[])[] {
  const groups: PlacedOperation[][] = []
  for (const one of placed.toSorted((left, right) => left.place - right.place)) {
    const group = groups.at(-1)
    if (group?.[0]?.place === one.place) group.push(one)
    else groups.push([one])
  }
  return groups
}

/** Who never said when it ended, or did not know, may have changed the table at any time since it began. */
function endOf({ end }: Operation): number {
  return end === null || end.outcome === 'unknown' ? Infinity : end.at
}

export function inWords({ id, process, effects, end }: Operation): string {
  const what = effects.length === 0 ? 'read' : effects.map(({ kind }) => kind).join(' and ')
  return `${process}'s ${end?.outcome ?? 'unfinished'} ${what} (${id})`
}
