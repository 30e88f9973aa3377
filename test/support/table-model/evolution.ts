/** Changes of what a table is, with what the model says must come of them. */
import fc from 'fast-check'

import { IcebergError } from '../../../src/base/errors.ts'
import { SchemaChange } from '../../../src/client/schema-change.ts'
import { SpecChange } from '../../../src/client/spec-change.ts'
import type { Transaction } from '../../../src/client/transaction.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import { buildSortOrder } from '../../../src/layout/build-layout.ts'
import type { PartitionTerm } from '../../../src/layout/layout-text.ts'
import { equivalentSpecs } from '../../../src/layout/partition-spec.ts'
import { changeSpec } from '../../../src/layout/spec-change.ts'
import { canTransform } from '../../../src/layout/transform.ts'
import type { Transform } from '../../../src/layout/transform.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { changeSchema } from '../../../src/types/schema-change.ts'
import { findField, highestFieldId } from '../../../src/types/schema.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { anySchemaEdits } from './schema-edits.ts'
import { anyProperties, anySortTerms, anyTransformOf, partitionColumns } from './layout.ts'
import { headOf, rowAs, specOf } from './model.ts'
import type { ModelRow, ModelVersion } from './model.ts'

/** What a change was worked out from, which no other commit may have changed meanwhile: of refs, where they point to. */
type Basis =
  | 'schema'
  | 'spec'
  | 'sort-order'
  | 'format-version'
  | 'properties'
  | { readonly refs: readonly string[] }

export interface Evolution {
  readonly basis: Basis
  readonly tell: (tx: Transaction<UnknownRow>) => void
  /** @throws IcebergError `invalid` or `not-found` for a change that cannot be made */
  readonly change: (version: ModelVersion) => Partial<ModelVersion>
  /** Whether nothing is left to do. Absent: something always is. */
  readonly isDone?: (version: ModelVersion) => boolean
  /** For people. */
  readonly text: string
}

/** Changes of a table that is at that version, most of which can be made. */
export function anyEvolution(version: ModelVersion): fc.Arbitrary<Evolution> {
  return fc.oneof<fc.WeightedArbitrary<Evolution>[]>(
    { weight: 6, arbitrary: anySchemaEvolution(version) },
    { weight: 4, arbitrary: anySpecEvolution(version) },
    { weight: 1, arbitrary: anyOrderEvolution(version) },
    { weight: 1, arbitrary: fc.constantFrom<FormatVersion[]>(1, 2, 3).map(upgrade) },
    { weight: 1, arbitrary: anyPropertyChange },
  )
}

function anySchemaEvolution({ schema, formatVersion }: ModelVersion): fc.Arbitrary<Evolution> {
  return anySchemaEdits(schema, formatVersion).map((edits) => {
    const describe = (change: SchemaChange): void => edits.forEach(({ tell }) => tell(change))
    return {
      basis: 'schema',
      text: edits.map(({ text }) => text).join(', '),
      tell: (tx) => tx.updateSchema(describe),
      change: (version) => {
        const after = changeSchema(version, (edit) => describe(new SchemaChange(edit)))
        checkSources(version, after.schema)
        const lastColumnId = Math.max(version.lastColumnId, highestFieldId(after.schema))
        return { schema: after.schema, lastColumnId }
      },
    }
  })
}

/** Columns that the table is partitioned or sorted by must stay, and give the values that they gave. */
function checkSources({ schema, specs, sortOrder, ...version }: ModelVersion, after: Schema): void {
  const inUse = [...specOf({ schema, specs, sortOrder, ...version }).fields, ...sortOrder.fields]
  if (inUse.some((field) => !fits(after, field))) throw new IcebergError('invalid', 'column in use')
  for (const { sourceId, transform } of specs.flatMap(({ fields }) => fields)) {
    if (['year', 'month', 'day', 'void'].includes(transform.kind)) continue
    const [before, now] = [schema, after].map((some) => findField(some, sourceId)?.field.type.kind)
    if (before === 'date' && now !== undefined && now !== 'date') {
      throw new IcebergError('invalid', 'partition would have other values')
    }
  }
}

function fits(
  schema: Schema,
  { sourceId, transform }: { readonly sourceId: number; readonly transform: Transform },
): boolean {
  const source = findField(schema, sourceId)
  if (transform.kind === 'void') return true
  return source !== undefined && canTransform(transform, source.field.type)
}

function anySpecEvolution(version: ModelVersion): fc.Arbitrary<Evolution> {
  const anyEdits = fc.array(anySpecEdit(version), { minLength: 1, maxLength: 2 })
  return anyEdits.map((edits) => {
    const describe = (change: SpecChange): void => edits.forEach(({ tell }) => tell(change))
    return {
      basis: 'spec',
      text: edits.map(({ text }) => text).join(', '),
      tell: (tx) => tx.updateSpec(describe),
      change: (at) => {
        const { spec, isNew, lastPartitionId } = changeSpec(at, (edit) =>
          describe(new SpecChange(edit)),
        )
        const specs = isNew ? [...at.specs, spec] : at.specs
        return { specs, specId: spec.specId, lastPartitionId }
      },
    }
  })
}

interface SpecEditStep {
  readonly tell: (change: SpecChange) => void
  readonly text: string
}

function addStep({
  term,
  name,
}: {
  readonly term: PartitionTerm
  readonly name: string | undefined
}): SpecEditStep {
  const named = name === undefined ? term : { ...term, name }
  return { tell: (change) => change.add(named), text: `add field ${fc.stringify(named)}` }
}

function anySpecEdit(version: ModelVersion): fc.Arbitrary<SpecEditStep> {
  const names = specOf(version).fields.map(({ name }) => name)
  const anyName = fc.constantFrom('p0', 'p1', 'p2', 'p3')
  const terms = partitionColumns(version.schema).map((column) => anyTransformOf(column))
  const anyAdds = terms.map((anyTerm) =>
    fc.record({ term: anyTerm, name: fc.option(anyName, { nil: undefined }) }).map(addStep),
  )
  const anyOfNames = fc.constantFrom(...names, 'p0')
  const anyDrop = anyOfNames.map((name): SpecEditStep => ({
    tell: (change) => change.drop(name),
    text: `drop field ${name}`,
  }))
  const anyRename = fc.tuple(anyOfNames, anyName).map(([name, to]): SpecEditStep => ({
    tell: (change) => change.rename(name, to),
    text: `rename field ${name} to ${to}`,
  }))
  return fc.oneof<fc.WeightedArbitrary<SpecEditStep>[]>(
    ...anyAdds.map((arbitrary) => ({ weight: Math.ceil(6 / anyAdds.length), arbitrary })),
    { weight: 2, arbitrary: anyDrop },
    { weight: 1, arbitrary: anyRename },
  )
}

function anyOrderEvolution({ schema }: ModelVersion): fc.Arbitrary<Evolution> {
  return anySortTerms(schema).map((terms) => ({
    basis: 'sort-order',
    text: `sort by ${fc.stringify(terms)}`,
    tell: (tx) => tx.replaceSortOrder(terms),
    change: (version) => ({ sortOrder: buildSortOrder(version.schema, terms, 1) }),
  }))
}

function upgrade(formatVersion: FormatVersion): Evolution {
  return {
    basis: 'format-version',
    text: `upgrade to ${formatVersion}`,
    tell: (tx) => tx.upgradeFormat(formatVersion),
    change: (version) => {
      if (formatVersion >= version.formatVersion) return { formatVersion }
      throw new IcebergError('invalid', 'no way back')
    },
    isDone: (version) => version.formatVersion >= formatVersion,
  }
}

const anyPropertyChange: fc.Arbitrary<Evolution> = anyProperties
  .map((properties) => ({ ...properties, 'acme.note': 'set' }))
  .map((properties) => ({
    basis: 'properties',
    text: `set ${fc.stringify(properties)}`,
    tell: (tx) => tx.setProperties(properties),
    change: () => ({}),
  }))

/** The version as the changes leave it, or the kind of error that one of them ends with. */
export function evolve(
  version: ModelVersion,
  steps: readonly Evolution[],
): ModelVersion | 'invalid' | 'not-found' {
  try {
    return steps.reduce((before, { change }) => ({ ...before, ...change(before) }), version)
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    if (error.kind === 'invalid' || error.kind === 'not-found') return error.kind
    throw error
  }
}

/**
 * The changes on the newest version, which may be another than the one that they were worked out from.
 *
 * @returns null when another commit changed what they were worked out from
 */
export function onNewest(
  steps: readonly Evolution[],
  { seen, evolved, newest }: Readonly<Record<'seen' | 'evolved' | 'newest', ModelVersion>>,
): ModelVersion | null {
  const bases = new Set(steps.map(({ basis }) => basis))
  const moved = steps.flatMap(({ basis }) => (typeof basis === 'string' ? [] : basis.refs))
  if (moved.some((name) => headOf(seen, name) !== headOf(newest, name))) return null
  const refs = refsOn({ evolved, newest, moved })
  if (steps.every(({ basis }) => basis === 'properties')) return newest
  const isSame = (...names: readonly (keyof ModelVersion)[]): boolean =>
    names.every((name) => textOf(seen[name]) === textOf(newest[name]))
  const ofColumns = bases.has('schema') || bases.has('spec') || bases.has('sort-order')
  if (ofColumns && !isSame('schema', 'lastColumnId')) return null
  if (bases.has('spec') && !isSame('specId', 'lastPartitionId')) return null
  if (bases.has('sort-order') && !isSame('sortOrder')) return null
  const formatVersion =
    evolved.formatVersion > newest.formatVersion ? evolved.formatVersion : newest.formatVersion
  const { schema, lastColumnId } = bases.has('schema') ? evolved : newest
  const { sortOrder } = bases.has('sort-order') ? evolved : newest
  const layout = bases.has('spec') ? specOn({ seen, evolved, newest }) : newest
  // Rows may have been written by the spec of that id.
  if (layout.specId !== evolved.specId) return null
  const { specs, specId, lastPartitionId } = layout
  const evolvedParts = {
    refs,
    formatVersion,
    schema,
    lastColumnId,
    sortOrder,
    specs,
    specId,
    lastPartitionId,
  }
  return { ...newest, ...evolvedParts }
}

/** The refs of the newest version, with those that were changed as they were left. */
function refsOn({
  evolved,
  newest,
  moved,
}: Readonly<Record<'evolved' | 'newest', ModelVersion>> & {
  readonly moved: readonly string[]
}): ModelVersion['refs'] {
  const refs = new Map(newest.refs)
  for (const name of moved) {
    const ref = evolved.refs.get(name)
    if (ref === undefined) refs.delete(name)
    else refs.set(name, ref)
  }
  return refs
}

function specOn({
  seen,
  evolved,
  newest,
}: Readonly<Record<'seen' | 'evolved' | 'newest', ModelVersion>>): Pick<
  ModelVersion,
  'specs' | 'specId' | 'lastPartitionId'
> {
  const { lastPartitionId } = evolved
  const specs = [...newest.specs]
  for (const spec of evolved.specs.slice(seen.specs.length)) {
    if (specs.some((other) => equivalentSpecs(other, spec))) continue
    specs.push({ ...spec, specId: Math.max(...specs.map(({ specId }) => specId)) + 1 })
  }
  const wanted = specs.find((spec) => equivalentSpecs(spec, specOf(evolved)))
  return { specs, specId: wanted?.specId ?? evolved.specId, lastPartitionId }
}

function textOf(value: unknown): string {
  return fc.stringify(value)
}

/** Whether the rows can be read in the columns of a schema: a timestamp does not reach as far as a date. */
export function canBeReadAs(schema: Schema, rows: readonly ModelRow[]): boolean {
  try {
    for (const row of rows) rowAs(row, schema)
    return true
  } catch (error) {
    if (error instanceof IcebergError && error.kind === 'invalid') return false
    throw error
  }
}
