// Takes the operations of a history once more, in the order in which they stand in it, in a model of the table: what each one
// validated must hold where it stands, and every version must be what they leave.
import type { Effect, Operation, Version } from './operation.ts'
import { inWords, madeVersions, seenVersion } from './order.ts'
import {
  countRows,
  differences,
  metadataAfter,
  replacedIds,
  rowsAfter,
  rowsDigest,
  rowsOf,
} from './table-content.ts'
import type { Rows, TableContent } from './table-content.ts'

/** Expects what `presenceProblems` asks for; a version of nobody changes nothing here. */
export function replayProblems(
  operations: readonly Operation[],
  versions: readonly Version[],
): readonly string[] {
  const replay = new Replay()
  const made = madeVersions(versions)
  const makers = new Map(operations.flatMap((one) => [[made.get(one.id) ?? 0, one] as const]))
  for (const version of versions) replay.take(makers.get(version.number) ?? null, version)
  for (const operation of operations) replay.look(operation)
  return replay.problems
}

const EMPTY: TableContent = {
  rows: new Map(),
  head: null,
  refs: new Map(),
  columns: [],
  properties: new Map(),
}

class Replay {
  readonly problems: string[] = []
  /** By the number of the version. */
  readonly #contents: TableContent[] = [EMPTY]
  readonly #rowsOfSnapshots = new Map<string, Rows>()

  /** Makes a version, if it is known who did. */
  take(operation: Operation | null, version: Version): void {
    const before = this.#contents[version.number - 1] ?? EMPTY
    if (operation !== null) this.#validate(operation, before)
    const after = this.#after(before, operation?.effects ?? [], version)
    for (const part of differences(after, version)) {
      this.problems.push(`version ${version.number} has other ${part} than its commits left`)
    }
    // What follows is held against what is there.
    this.#contents[version.number] = { ...after, ...metadataOf(version) }
  }

  /** Holds what an operation saw against the version in which it did. */
  look(operation: Operation): void {
    const seen = seenVersion(operation)
    if (seen === null) return
    const content = this.#contents[seen]
    if (content === undefined) this.problems.push(`${inWords(operation)} saw no version`)
    else if (operation.effects.length > 0) {
      const isUnchanged = operation.effects.every((one) => rowsAfter(content.rows, one) === null)
      if (!isUnchanged) this.problems.push(`${inWords(operation)} left rows in version ${seen}`)
    } else if (operation.end?.digest !== rowsDigest(rowsOf(content.rows))) {
      this.problems.push(`${inWords(operation)} saw other rows than version ${seen} has`)
    }
  }

  #validate(operation: Operation, before: TableContent): void {
    const base = operation.base === null ? EMPTY : this.#contents[operation.base]
    if (base === undefined) {
      this.problems.push(`${inWords(operation)} stands before the version it began with`)
      return
    }
    for (const effect of operation.effects) {
      if (holds(effect, base, before)) continue
      this.problems.push(`${inWords(operation)} stands where its ${effect.kind} is not valid`)
    }
  }

  /** The changes of an operation; each change of rows must have a snapshot, in their order. */
  #after(before: TableContent, effects: readonly Effect[], version: Version): TableContent {
    const snapshots = [...version.newSnapshots]
    let content = before
    for (const effect of effects) {
      const rows = rowsAfter(content.rows, effect)
      content = metadataAfter(content, effect)
      if (effect.kind === 'create') content = { ...content, ...metadataOf(version) }
      if (effect.kind === 'roll-back') {
        content = { ...content, rows: this.#rowsOfSnapshots.get(effect.snapshot) ?? new Map() }
      }
      if (rows === null) continue
      const snapshot = snapshots.shift()
      if (snapshot === undefined) {
        this.problems.push(`version ${version.number} has no snapshot of a ${effect.kind}`)
        continue
      }
      if (snapshot.totalRecords !== String(countRows(rows))) {
        this.problems.push(
          `version ${version.number} has ${snapshot.totalRecords} rows after its ${effect.kind}, not ${countRows(rows)}`,
        )
      }
      this.#rowsOfSnapshots.set(snapshot.id, rows)
      content = { ...content, rows, head: snapshot.id }
    }
    if (snapshots.length > 0) {
      this.problems.push(`version ${version.number} has snapshots that nobody made`)
    }
    return content
  }
}

function metadataOf({ head, refs, columns, properties }: Version): Omit<TableContent, 'rows'> {
  return { head, refs, columns, properties }
}

/** Whether an effect that was worked out from `base` may be made on `before`. */
function holds(effect: Effect, base: TableContent, before: TableContent): boolean {
  switch (effect.kind) {
    case 'replace-partitions':
    case 'overwrite': {
      const then = replacedIds(base.rows, effect)
      const now = new Set(replacedIds(before.rows, effect))
      const isKept = then.every((id) => now.has(id))
      if (effect.isolation === 'none') return true
      return isKept && (effect.isolation === 'snapshot' || then.length === now.size)
    }
    case 'add-column':
    case 'drop-column':
      return base.columns.join() === before.columns.join()
    case 'point':
      return base.refs.get(effect.ref) === before.refs.get(effect.ref)
    case 'roll-back':
      return base.head === before.head
    default:
      return true
  }
}
