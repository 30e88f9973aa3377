// Tables with a past: rows come and go, columns and partitions change between, and so does the format version.
import fc from 'fast-check'
import { expect } from 'vitest'

import { unreachable } from '../../../src/base/assert.ts'
import { isKind } from '../../../src/base/errors.ts'
import type { SchemaChange } from '../../../src/client/schema-change.ts'
import type { Transaction } from '../../../src/client/transaction.ts'
import type { UnknownRow } from '../../../src/client/row-shapes.ts'
import type { Warehouse } from '../../../src/client/warehouse.ts'
import { batchFromValues } from '../../../src/formats/arrow/builders.ts'
import type { RowValues } from '../../../src/layout/column-value.ts'
import { partitionKey } from '../../../src/layout/partition-key.ts'
import { partitionTypes } from '../../../src/layout/partition-spec.ts'
import type { FormatVersion } from '../../../src/metadata/table-metadata.ts'
import { t } from '../../../src/types/define.ts'
import { promoteValue } from '../../../src/types/promotion.ts'
import { allFields, childFields, findFieldByPath } from '../../../src/types/schema.ts'
import type { FieldEntry, Schema } from '../../../src/types/schema.ts'
import type { Type } from '../../../src/types/type.ts'
import type { AnyColumn } from '../../../src/types/typed-schema.ts'
import type { Value } from '../../../src/types/value.ts'
import { anyRowsOf } from '../../support/arbitraries/predicates.ts'
import { anyRowOf } from '../../support/arbitraries/values.ts'
import { partitionOf } from '../../support/partitions.ts'
import { anyPartitionsOf, anySchemaOfEngines, anySortOf } from './any-table.ts'
import type { AnyTable } from './any-table.ts'
import { newColumns } from './new-columns.ts'

/** Draws values while a history is made: what may come next depends on what the table has become. */
export type Draw = <Drawn>(arbitrary: fc.Arbitrary<Drawn>) => Drawn

/** What a reader must see in a snapshot. */
export interface Version {
  readonly snapshotId: bigint
  readonly formatVersion: FormatVersion
  /** The table's when the snapshot was made. */
  readonly schema: Schema
  readonly rows: readonly RowValues[]
}

export interface History {
  readonly table: AnyTable
  /** One a snapshot, oldest first. */
  readonly versions: readonly Version[]
  /** The rows of the newest, in the schema that the table has by now. */
  readonly rows: readonly RowValues[]
}

/** Rows first, so that there is something to change; then a few steps of any kind, and rows in the end. */
export async function drawHistory(
  draw: Draw,
  warehouse: Warehouse,
  options: {
    readonly name: string
    readonly formatVersion: FormatVersion
    /** What the table begins with; any that engines can take when absent. */
    readonly schemas?: fc.Arbitrary<Schema>
  },
): Promise<History> {
  const { name, formatVersion, schemas = anySchemaOfEngines(formatVersion) } = options
  const schema = draw(schemas)
  const partitionBy = draw(anyPartitionsOf(schema))
  const sortBy = draw(anySortOf(schema))
  const properties = draw(fc.constantFrom({}, { 'commit.manifest.min-count-to-merge': '2' }))
  const layout = { schema, partitionBy, sortBy, formatVersion, properties }
  const writer = new HistoryWriter(draw, await warehouse.createTable(name, layout))
  const steps = draw(fc.array(fc.constantFrom(...STEPS), { minLength: 1, maxLength: 5 }))
  for (const step of ['append', ...steps, 'append'] as const) await writer.take(step)
  return writer
}

const STEPS = [
  'append',
  'overwrite',
  'columns',
  'columns',
  'columns',
  'partitions',
  'order',
  'upgrade',
] as const

interface PlacedRow {
  readonly values: RowValues
  /** The spec it was written with, and its partition in it. */
  readonly specId: number
  readonly partition: string
}

class HistoryWriter implements History {
  readonly table: AnyTable
  readonly versions: Version[] = []
  readonly #draw: Draw
  #rows: readonly PlacedRow[] = []
  #names = 0

  constructor(draw: Draw, table: AnyTable) {
    this.#draw = draw
    this.table = table
  }

  get rows(): readonly RowValues[] {
    return this.#rows.map(({ values }) => values)
  }

  take(step: (typeof STEPS)[number]): Promise<void> {
    switch (step) {
      case 'append':
        return this.#append()
      case 'overwrite':
        return this.#overwrite()
      case 'columns':
        return this.#changeColumns()
      case 'partitions':
        return this.#changePartitions()
      case 'order':
        return this.#change((tx) => tx.replaceSortOrder(this.#draw(anySortOf(this.table.schema))))
      case 'upgrade':
        return this.#upgrade()
      default:
        return unreachable(step)
    }
  }

  async #append(): Promise<void> {
    const added = this.#drawRows()
    await this.table.append([this.#batch(added)])
    this.#commit(added, [...this.#rows, ...added])
  }

  /** Files of an older spec may hold the same rows, so that partitions are then not replaced. */
  async #overwrite(): Promise<void> {
    const added = this.#drawRows()
    const isForeign = this.#rows.some(({ specId }) => specId !== this.table.spec.specId)
    const overwrite = this.table.overwritePartitions([this.#batch(added)])
    if (isForeign && added.length > 0) {
      await expect(overwrite).rejects.toMatchObject({ kind: 'unsupported' })
      return
    }
    await overwrite
    const replaced = new Set(added.map(({ partition }) => partition))
    this.#commit(added, [
      ...this.#rows.filter(({ partition }) => !replaced.has(partition)),
      ...added,
    ])
  }

  /** Nothing is committed for no rows. */
  #commit(added: readonly PlacedRow[], rows: readonly PlacedRow[]): void {
    if (added.length === 0) return
    this.#rows = rows
    const snapshotId = this.table.currentSnapshot?.snapshotId ?? 0n
    this.versions.push({
      snapshotId,
      formatVersion: this.#version,
      schema: this.table.schema,
      rows: this.rows,
    })
  }

  #batch(rows: readonly PlacedRow[]): ReturnType<typeof batchFromValues> {
    return batchFromValues(
      this.table.schema,
      rows.map(({ values }) => values),
    )
  }

  /** Rows that the table can place: hours of 32 bits do not reach all moments. */
  #drawRows(): readonly PlacedRow[] {
    const { schema, spec } = this.table
    const anyRows = fc.oneof(
      anyRowsOf(schema, { maxLength: 12 }),
      fc.array(anyRowOf(schema), { maxLength: 12 }),
    )
    const types = partitionTypes(spec, schema)
    const tupleOf = partitionOf(schema, spec)
    return this.#draw(anyRows).flatMap((values) => {
      const tuple = tupleOf(values)
      const partition = tuple === null ? null : partitionKey(types, tuple)
      return partition === null ? [] : [{ values, specId: spec.specId, partition }]
    })
  }

  async #changeColumns(): Promise<void> {
    const before = this.table.schema
    const edits = this.#draw(fc.array(fc.constantFrom(...EDITS), { minLength: 1, maxLength: 3 }))
    for (const edit of edits) await this.#changeColumn(edit)
    const after = this.table.schema
    this.#rows = this.#rows.map((row) => ({ ...row, values: evolved(row.values, before, after) }))
  }

  async #changeColumn(edit: (typeof EDITS)[number]): Promise<void> {
    const { schema } = this.table
    const change = this.#drawEdit(edit, namedFields(schema), allFields(schema))
    if (change !== null) await this.#change((tx) => tx.updateSchema(change))
  }

  /** Null when no column fits. */
  #drawEdit(
    edit: (typeof EDITS)[number],
    named: readonly FieldEntry[],
    all: readonly FieldEntry[],
  ): ((change: SchemaChange) => unknown) | null {
    switch (edit) {
      case 'add': {
        const structs = named.filter(({ field }) => field.type.kind === 'struct')
        const parent = this.#draw(fc.constantFrom([], ...structs.map(({ path }) => path)))
        const column = this.#draw(fc.constantFrom(...newColumns(this.#version)))
        return (change) => change.add([...parent, this.#newName()], column)
      }
      case 'drop':
        return this.#drawFrom(
          named.filter((entry) => hasOthers(this.table.schema, entry)),
          ({ path }, change) => change.drop(path),
        )
      case 'rename':
        return this.#drawFrom(named, ({ path }, change) => change.rename(path, this.#newName()))
      case 'move':
        return this.#drawFrom(named, ({ path }, change) => change.move(path, 'first'))
      case 'widen':
        return this.#drawFrom(
          all.filter(({ field }) => widened(field.type, this.#version) !== null),
          ({ field, path }, change) => {
            const to = widened(field.type, this.#version)
            return to === null ? null : change.widen(path, to)
          },
        )
      case 'optional':
        return this.#drawFrom(
          all.filter(({ field }) => field.required),
          ({ path }, change) => change.makeOptional(path),
        )
      default:
        return unreachable(edit)
    }
  }

  #drawFrom(
    fields: readonly FieldEntry[],
    edit: (field: FieldEntry, change: SchemaChange) => unknown,
  ): ((change: SchemaChange) => unknown) | null {
    if (fields.length === 0) return null
    const field = this.#draw(fc.constantFrom(...fields))
    return (change) => edit(field, change)
  }

  async #changePartitions(): Promise<void> {
    const { fields } = this.table.spec
    const kept = fields.filter(({ transform }) => transform.kind !== 'void')
    const edit = this.#draw(fc.constantFrom('add', 'drop', 'rename'))
    if (edit === 'add') {
      const terms = this.#draw(anyPartitionsOf(this.table.schema))
      const [term] = terms
      if (term === undefined) return
      await this.#change((tx) =>
        tx.updateSpec((change) => change.add({ ...term, name: this.#newName() })),
      )
    } else if (kept.length > 0) {
      const { name } = this.#draw(fc.constantFrom(...kept))
      await this.#change((tx) =>
        tx.updateSpec((change) =>
          edit === 'drop' ? change.drop(name) : change.rename(name, this.#newName()),
        ),
      )
    }
  }

  async #upgrade(): Promise<void> {
    const version = this.#version
    if (version < 3) await this.#change((tx) => tx.upgradeFormat(version === 1 ? 2 : 3))
  }

  /** What the table forbids stays undone: columns that partitions or identifiers are made of, say. */
  async #change(describe: (tx: Transaction<UnknownRow>) => void): Promise<void> {
    try {
      await this.table.transaction(describe)
    } catch (error) {
      if (!isKind(error, 'invalid')) throw error
    }
  }

  get #version(): FormatVersion {
    return this.table.metadata.formatVersion
  }

  /** Different from all others without regard to case. */
  #newName(): string {
    return `new ${(this.#names += 1)}`
  }
}

const EDITS = ['add', 'add', 'drop', 'rename', 'move', 'widen', 'optional'] as const

/** Fields of structs that are in no key of a map, which nothing may change. */
function namedFields(schema: Schema): readonly FieldEntry[] {
  return allFields(schema).filter(({ path }) => {
    const parent = findFieldByPath(schema, path.slice(0, -1))
    return parent === undefined || parent.field.type.kind === 'struct'
  })
}

/** Whether files have columns beside a field's in its struct, for there are none of structs without any. */
function hasOthers(schema: Schema, { field, path }: FieldEntry): boolean {
  const parent = findFieldByPath(schema, path.slice(0, -1))
  const siblings = parent === undefined ? schema.fields : childFields(parent.field.type)
  return siblings.some(({ id, type }) => id !== field.id && type.kind !== 'unknown')
}

/** A type that a column may change to, and never back. */
function widened(type: Type, formatVersion: FormatVersion): AnyColumn | null {
  switch (type.kind) {
    case 'int':
      return t.long()
    case 'float':
      return t.double()
    case 'decimal':
      return type.precision < 38 ? t.decimal(Math.min(38, type.precision + 7), type.scale) : null
    case 'unknown':
      return formatVersion === 3 ? t.string() : null
    default:
      return null
  }
}

function evolved(values: RowValues, before: Schema, after: Schema): RowValues {
  const types = [before, after].map(({ fields }): Type => ({ kind: 'struct', fields }))
  const [from, to] = types
  if (from === undefined || to === undefined) return values
  // A struct's value is an array of its fields' values, and that of a struct that is there is there.
  return promoteValue(from, to, values) as readonly (Value | null)[]
}
