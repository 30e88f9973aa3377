/**
 * Changes of how a table is partitioned (spec: Partition Evolution). Files that are there keep the spec they were written
 * by, so that a change only makes another spec.
 *
 * A field keeps its id through all specs, and a field that comes back gets the id it had, unless that is in use. Version 1
 * tracks no ids: a field that is dropped stays in its place as `void` and keeps its id, and new fields come last.
 */
import { assert } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import type { Schema } from '../types/schema.ts'
import type { PartitionTerm } from './layout-text.ts'
import {
  checkFieldName,
  checkNotRedundant,
  checkUniqueName,
  defaultFieldName,
  partitionSource,
} from './new-field.ts'
import { equivalentSpecs } from './partition-spec.ts'
import type { PartitionField, PartitionSpec } from './partition-spec.ts'
import { equalTransforms } from './transform.ts'
import type { Transform } from './transform.ts'

/** What a change of the spec is held against. */
export interface SpecChangeBase {
  readonly formatVersion: number
  readonly schema: Schema
  /** All specs of the table. */
  readonly specs: readonly PartitionSpec[]
  /** Of the spec that the change begins with. */
  readonly specId: number
  /** The highest id that any partition field of the table has had. */
  readonly lastPartitionId: number
}

/** Changes of one spec, in the order they are asked for. Each throws `invalid` for what cannot be. */
export interface SpecEdit {
  /** A field after all others, named as `buildSpec` names it unless told; `unsupported` for a transform we do not know. */
  add(term: PartitionTerm): void
  drop(name: string): void
  rename(name: string, to: string): void
}

export interface ChangedSpec {
  readonly spec: PartitionSpec
  /** False when the table has such a spec, which then is the one to use. */
  readonly isNew: boolean
  readonly lastPartitionId: number
}

/**
 * The spec that a change leads to. A spec that groups rows alike under the same names is never made twice (spec:
 * Partitioning).
 *
 * @throws IcebergError `invalid` for an unknown field or column, a name in use, or a field that says nothing that another
 *   does not say; `unsupported` for a transform that we do not know
 */
export function changeSpec(base: SpecChangeBase, change: (edit: SpecEdit) => void): ChangedSpec {
  const draft = new SpecDraft(base)
  change(draft)
  const fields = draft.finish()
  const specId = Math.max(...base.specs.map((spec) => spec.specId)) + 1
  const same = base.specs.find((other) => equivalentSpecs(other, { specId, fields }))
  if (same !== undefined) {
    return { spec: same, isNew: false, lastPartitionId: base.lastPartitionId }
  }
  const ids = fields.map(({ fieldId }) => fieldId)
  const lastPartitionId = Math.max(base.lastPartitionId, ...ids)
  return { spec: { specId, fields }, isNew: true, lastPartitionId }
}

class SpecDraft implements SpecEdit {
  readonly #base: SpecChangeBase
  readonly #before: PartitionSpec
  #fields: readonly PartitionField[]
  /** Ids of the fields that were added, those of new ones below zero until the change is done. */
  readonly #added = new Set<number>()

  constructor(base: SpecChangeBase) {
    const before = base.specs.find(({ specId }) => specId === base.specId)
    assert(before !== undefined, 'the spec to change is one of the table')
    this.#base = base
    this.#before = before
    this.#fields = before.fields
  }

  add(term: PartitionTerm): void {
    const { schema } = this.#base
    const source = partitionSource(schema, term)
    const derived: Derived = { sourceId: source.field.id, transform: term.transform }
    if (this.#restore(derived, term.name)) return
    const known = this.#knownField(derived, term.name)
    const name = term.name ?? known?.name ?? defaultFieldName(source, term.transform)
    checkFieldName(schema, { ...derived, name })
    this.#freeName(name)
    const fieldId = known?.fieldId ?? Math.min(0, ...this.#added) - 1
    this.#added.add(fieldId)
    this.#fields = [...this.#fields, { ...derived, fieldId, name }]
  }

  drop(name: string): void {
    const dropped = this.#find(name)
    this.#added.delete(dropped.fieldId)
    const isOld = this.#before.fields.some(({ fieldId }) => fieldId === dropped.fieldId)
    if (this.#base.formatVersion === 1 && isOld) {
      this.#replace(dropped, { ...dropped, transform: { kind: 'void' } })
    } else {
      this.#fields = this.#fields.filter((field) => field !== dropped)
    }
  }

  rename(name: string, to: string): void {
    const field = this.#find(name)
    if (name === to) return
    checkFieldName(this.#base.schema, { ...field, name: to })
    this.#freeName(to)
    this.#replace(field, { ...field, name: to })
  }

  /** The fields of the new spec, once all changes are in. */
  finish(): readonly PartitionField[] {
    for (const field of this.#fields) {
      if (!this.#added.has(field.fieldId)) continue
      checkNotRedundant(
        this.#fields.filter((other) => other !== field),
        field,
      )
    }
    return this.#numbered()
  }

  /** Only what is there in the end takes an id, so that none is passed over. */
  #numbered(): readonly PartitionField[] {
    let last = this.#base.lastPartitionId
    return this.#fields.map((field) => {
      if (field.fieldId > 0) return field
      last += 1
      return { ...field, fieldId: last }
    })
  }

  /** Takes back that version 1 made a field of this change's own spec void. */
  #restore(derived: Derived, name: string | undefined): boolean {
    const before = this.#before.fields.find((field) => isDerivedAs(field, derived))
    const now = this.#fields.find(({ fieldId }) => fieldId === before?.fieldId)
    if (before === undefined || now === undefined || now.transform.kind !== 'void') return false
    if (before.transform.kind === 'void') return false
    this.#replace(now, { ...now, transform: before.transform })
    if (name !== undefined) this.rename(now.name, name)
    return true
  }

  /** A field of any spec that holds the same values, the one of that name or else of the latest spec. */
  #knownField(derived: Derived, name: string | undefined): PartitionField | undefined {
    const inUse = new Set(this.#fields.map(({ fieldId }) => fieldId))
    const known = this.#base.specs
      .toSorted((left, right) => right.specId - left.specId)
      .flatMap(({ fields }) => fields)
      .filter((field) => isDerivedAs(field, derived) && !inUse.has(field.fieldId))
    return known.find((field) => field.name === name) ?? known[0]
  }

  /** A field that was dropped in version 1 gives its name away. */
  #freeName(name: string): void {
    const holder = this.#fields.find((field) => field.name === name)
    if (holder?.transform.kind !== 'void') return checkUniqueName(this.#fields, name)
    const spare = `${name}_${holder.fieldId}`
    this.#freeName(spare)
    this.#replace(holder, { ...holder, name: spare })
  }

  #find(name: string): PartitionField {
    const field = this.#fields.find((candidate) => candidate.name === name)
    const isGone = this.#base.formatVersion === 1 && field?.transform.kind === 'void'
    if (field !== undefined && !isGone) return field
    throw new IcebergError('invalid', 'no such partition field', { context: { field: name } })
  }

  #replace(field: PartitionField, by: PartitionField): void {
    this.#fields = this.#fields.map((other) => (other === field ? by : other))
  }
}

interface Derived {
  readonly sourceId: number
  readonly transform: Transform
}

function isDerivedAs(field: PartitionField, { sourceId, transform }: Derived): boolean {
  return (
    field.sourceId === sourceId &&
    field.sourceIds === undefined &&
    equalTransforms(field.transform, transform)
  )
}
