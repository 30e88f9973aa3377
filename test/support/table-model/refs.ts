/** Changes of branches and tags: those that can be made, and some that cannot. */
import fc from 'fast-check'

import { IcebergError } from '../../../src/base/errors.ts'
import type { RefChange } from '../../../src/client/ref-change.ts'
import type { Evolution } from './evolution.ts'
import { headOf, lineTo } from './model.ts'
import type { ModelRef, ModelVersion } from './model.ts'

/** One change, which leaves the other refs as they are. */
interface RefEdit {
  readonly text: string
  /** Refs that the change looks at. */
  readonly names: readonly string[]
  readonly tell: (change: RefChange) => unknown
  /** @throws IcebergError `invalid` or `not-found` */
  readonly change: (version: ModelVersion) => ModelVersion['refs']
}

/** Finds the id of a snapshot by its place; an unknown one for a place that has none. */
export type IdOf = (place: number) => bigint

export function anyRefEvolution(version: ModelVersion, idOf: IdOf): fc.Arbitrary<Evolution> {
  return anyRefEdit(version, idOf).map(({ text, names, tell, change }) => ({
    basis: { refs: names },
    text,
    tell: (tx) => tx.updateRefs(tell),
    change: (at) => ({ refs: change(at) }),
  }))
}

function anyRefEdit({ snapshots }: ModelVersion, idOf: IdOf): fc.Arbitrary<RefEdit> {
  return fc
    .record({
      name: fc.constantFrom('audit', 'audit', 'march', 'march', 'main'),
      other: fc.constantFrom('audit', 'march', 'main'),
      kind: fc.constantFrom<ModelRef['kind'][]>('branch', 'tag'),
      place: fc.nat(snapshots.length),
      edit: fc.constantFrom(create, create, replace, drop, fastForward, rollback, setCurrent),
    })
    .map(({ edit, ...parts }) => edit({ ...parts, snapshotId: idOf(parts.place) }))
}

interface EditParts {
  readonly name: string
  /** Another ref, or the same. */
  readonly other: string
  readonly kind: ModelRef['kind']
  readonly place: number
  /** Of the snapshot at that place. */
  readonly snapshotId: bigint
}

function create({ name, kind, place, snapshotId }: EditParts): RefEdit {
  return {
    text: `create ${kind} ${name} at ${place}`,
    names: [name],
    tell: (change) =>
      kind === 'tag'
        ? change.createTag(name, { snapshotId })
        : change.createBranch(name, { snapshotId }),
    change(version) {
      if (version.refs.has(name) || name === 'main') throw invalid()
      return withRef(version, name, { kind, head: known(version, place) })
    },
  }
}

function replace({ name, kind, place, snapshotId }: EditParts): RefEdit {
  return {
    text: `replace ${kind} ${name} by ${place}`,
    names: [name],
    tell: (change) =>
      kind === 'tag'
        ? change.replaceTag(name, { snapshotId })
        : change.replaceBranch(name, { snapshotId }),
    change(version) {
      if (existing(version, name).kind !== kind) throw invalid()
      return withRef(version, name, { kind, head: known(version, place) })
    },
  }
}

function drop({ name }: EditParts): RefEdit {
  return {
    text: `drop ${name}`,
    names: [name],
    tell: (change) => change.drop(name),
    change(version) {
      if (name === 'main') throw invalid()
      existing(version, name)
      return new Map([...version.refs].filter(([kept]) => kept !== name))
    },
  }
}

function fastForward({ name, other }: EditParts): RefEdit {
  return {
    text: `move ${name} forward to ${other}`,
    names: [name, other],
    tell: (change) => change.fastForward(name, { to: other }),
    change(version) {
      const { kind, head } = existing(version, name)
      if (kind === 'tag') throw invalid()
      const target = existing(version, other)
      if (!lineTo(version, target.head).includes(head)) throw invalid()
      return withRef(version, name, { kind, head: target.head })
    },
  }
}

function rollback({ place, snapshotId }: EditParts): RefEdit {
  return {
    text: `roll back to ${place}`,
    names: ['main'],
    tell: (change) => change.rollbackTo({ snapshot: snapshotId }),
    change(version) {
      existing(version, 'main')
      const head = known(version, place)
      if (!lineTo(version, headOf(version)).includes(head)) throw invalid()
      return withRef(version, 'main', { kind: 'branch', head })
    },
  }
}

function setCurrent({ place, snapshotId }: EditParts): RefEdit {
  return {
    text: `set main to ${place}`,
    names: ['main'],
    tell: (change) => change.setCurrentSnapshot(snapshotId),
    change: (version) => withRef(version, 'main', { kind: 'branch', head: known(version, place) }),
  }
}

function withRef({ refs }: ModelVersion, name: string, ref: ModelRef): ModelVersion['refs'] {
  return new Map([...refs, [name, ref]])
}

function existing({ refs }: ModelVersion, name: string): ModelRef {
  const ref = refs.get(name)
  if (ref !== undefined) return ref
  throw new IcebergError('not-found', 'no such ref')
}

function known({ snapshots, expired }: ModelVersion, place: number): number {
  if (place < snapshots.length && !expired.has(place)) return place
  throw new IcebergError('not-found', 'no such snapshot')
}

function invalid(): IcebergError {
  return new IcebergError('invalid', 'refs do not allow it')
}
