// Changes of what a table is: schema, partition spec, sort order, format version, refs. They are worked out once, against
// the version that the transaction reads, because rows may be written by them right away. A later version takes them on only
// if nobody changed what they were worked out from.
import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { TableCommit } from '../catalog/catalog.ts'
import { checkInvariants } from '../metadata/invariants.ts'
import { failedRequirement } from '../metadata/requirements.ts'
import type { TableRequirement } from '../metadata/requirements.ts'
import type { TableMetadata } from '../metadata/table-metadata.ts'
import type { TableUpdate } from '../metadata/updates.ts'
import type { TableState } from '../table/table-state.ts'
import { stateAfter } from './state-after.ts'
import { sameTable } from './table-identity.ts'

/** What a change was worked out from: a part of the metadata, or where a branch or tag points, if it is there. */
export type Basis = MetadataBasis | { readonly ref: string }

type MetadataBasis = 'schema' | 'spec' | 'sort-order' | 'format-version'

/** A change of what the table is. */
export interface Evolution {
  readonly basis: Basis
  readonly updates: readonly TableUpdate[]
}

/** What a commit begins with, and the version that it leaves for the rest of the commit to stand on. */
export interface EvolvedTable {
  readonly opening: TableCommit
  readonly state: TableState
}

/** The changes of one transaction, and the table as they leave it. */
export class TableEvolution {
  readonly #base: TableState
  readonly #changes: Evolution[] = []
  #evolved: EvolvedTable

  constructor(base: TableState) {
    this.#base = base
    this.#evolved = { opening: sameTable(base), state: base }
  }

  /** The version that the transaction reads, with the changes until now. */
  get state(): TableState {
    return this.#evolved.state
  }

  /** The branches and tags that the changes are about. */
  get refNames(): readonly string[] {
    return refNamesOf(this.#changes)
  }

  get isEmpty(): boolean {
    return this.#changes.length === 0
  }

  /** @throws IcebergError `invalid` when the table would contradict itself after the change */
  add(change: Evolution): void {
    const evolved = evolve(this.#base, this.#base, [...this.#changes, change])
    checkInvariants(evolved.state.metadata, 'invalid')
    this.#changes.push(change)
    this.#evolved = evolved
  }

  /**
   * The changes as they are on a later version.
   *
   * @throws IcebergError `conflict` when another commit changed what they were worked out from
   */
  on(state: TableState): EvolvedTable {
    const evolved = evolve(this.#base, state, this.#changes)
    // Files are written by the spec of that id, which a spec of another commit may have got.
    if (
      !this.isEmpty &&
      evolved.state.metadata.defaultSpecId !== this.state.metadata.defaultSpecId
    ) {
      throw overtaken(state, 'default partition spec would have another id')
    }
    return evolved
  }
}

function evolve(base: TableState, state: TableState, changes: readonly Evolution[]): EvolvedTable {
  const required = requirementsOf(changes, base.metadata)
  const reason = failedRequirement(state.metadata, required)
  if (reason !== null) throw overtaken(state, reason)
  const identity = sameTable(state)
  const opening = {
    requirements: [...identity.requirements, ...required],
    updates: [...identity.updates, ...changes.flatMap((change) => updatesOn(state, change))],
  }
  return { opening, state: changes.length === 0 ? state : stateAfter(state, opening.updates) }
}

/** Who finds the table upgraded already, even further, has nothing left to do. */
function updatesOn({ metadata }: TableState, { updates }: Evolution): readonly TableUpdate[] {
  return updates.filter(
    (update) =>
      update.action !== 'upgrade-format-version' || update.formatVersion > metadata.formatVersion,
  )
}

function overtaken({ name }: TableState, reason: string): IcebergError {
  return new IcebergError('conflict', 'another commit changed what this one evolves', {
    context: { table: name, reason },
  })
}

/** That all is still there that the changes were worked out from. */
function requirementsOf(
  changes: readonly Evolution[],
  metadata: TableMetadata,
): readonly TableRequirement[] {
  const bases = new Set(changes.flatMap(({ basis }) => (typeof basis === 'string' ? basis : [])))
  return [
    ...[...bases].flatMap((basis) => unchanged(metadata, basis)),
    ...refNamesOf(changes).map((ref) => refUnmoved(metadata, ref)),
  ]
}

/** Each once. */
function refNamesOf(changes: readonly Evolution[]): readonly string[] {
  const names = changes.flatMap(({ basis }) => (typeof basis === 'string' ? [] : basis.ref))
  return [...new Set(names)]
}

/** Specs and orders are made of columns, whose ids are the schema's to give. */
function unchanged(metadata: TableMetadata, basis: MetadataBasis): readonly TableRequirement[] {
  const schema: readonly TableRequirement[] = [
    { type: 'assert-current-schema-id', schemaId: metadata.currentSchemaId },
    { type: 'assert-last-assigned-field-id', fieldId: metadata.lastColumnId },
  ]
  switch (basis) {
    case 'schema':
      return schema
    case 'spec':
      return [
        ...schema,
        { type: 'assert-default-spec-id', specId: metadata.defaultSpecId },
        { type: 'assert-last-assigned-partition-id', partitionId: metadata.lastPartitionId },
      ]
    case 'sort-order':
      return [
        ...schema,
        { type: 'assert-default-sort-order-id', orderId: metadata.defaultSortOrderId },
      ]
    case 'format-version':
      return []
    default:
      return unreachable(basis)
  }
}

function refUnmoved({ refs }: TableMetadata, ref: string): TableRequirement {
  return { type: 'assert-ref-snapshot-id', ref, snapshotId: refs.get(ref)?.snapshotId ?? null }
}
