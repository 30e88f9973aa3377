// What `Transaction` makes of the changes that its callers describe.
import { IcebergError } from '../base/errors.ts'
import { parseSortFields } from '../layout/layout-text.ts'
import type { SortTerm } from '../layout/layout-text.ts'
import { checkDroppedSources } from '../layout/dropped-sources.ts'
import { checkPromotedSources } from '../layout/promoted-sources.ts'
import { changeSortOrder } from '../layout/order-change.ts'
import { changeSpec } from '../layout/spec-change.ts'
import {
  currentSchema,
  currentSortOrder,
  currentSpec,
  formatVersionOf,
} from '../metadata/table-metadata.ts'
import type { FormatVersion, TableMetadata } from '../metadata/table-metadata.ts'
import { changeRefs } from '../metadata/ref-change.ts'
import type { RefUpdate } from '../metadata/ref-change.ts'
import { LAST_ADDED } from '../metadata/update-layouts.ts'
import type { TableUpdate } from '../metadata/updates.ts'
import {
  NAME_MAPPING_PROPERTY,
  formatNameMapping,
  parseNameMapping,
  updateNameMapping,
} from '../types/name-mapping.ts'
import { changeSchema } from '../types/schema-change.ts'
import type { Schema } from '../types/schema.ts'
import type { Evolution } from '../write/evolution.ts'
import { RefChange } from './ref-change.ts'
import { SchemaChange } from './schema-change.ts'
import { SpecChange } from './spec-change.ts'

/** @throws IcebergError `invalid` with the column of a change that cannot be made */
export function schemaEvolution(
  metadata: TableMetadata,
  describe: (change: SchemaChange) => unknown,
): Evolution {
  const { lastColumnId, formatVersion } = metadata
  const base = { schema: currentSchema(metadata), lastColumnId, formatVersion }
  const { schema } = changeSchema(base, (edit) => {
    refusePromise(describe(new SchemaChange(edit)))
  })
  checkPromotedSources(metadata.specs, base.schema, schema)
  const layout = { spec: currentSpec(metadata), sortOrder: currentSortOrder(metadata) }
  checkDroppedSources(layout, base.schema, schema)
  return {
    basis: 'schema',
    updates: [
      { action: 'add-schema', schema },
      { action: 'set-current-schema', schemaId: LAST_ADDED },
      ...nameMappingUpdates(metadata, schema),
    ],
  }
}

/** Files without field ids would lose the columns that are called otherwise now (spec: Column Projection). */
function nameMappingUpdates(metadata: TableMetadata, schema: Schema): readonly TableUpdate[] {
  const text = metadata.properties.get(NAME_MAPPING_PROPERTY)
  if (text === undefined) return []
  const mapping = updateNameMapping(parseNameMapping(text), currentSchema(metadata), schema)
  const updates = new Map([[NAME_MAPPING_PROPERTY, formatNameMapping(mapping)]])
  return [{ action: 'set-properties', updates }]
}

/** @throws IcebergError `invalid` with the field of a change that cannot be made */
export function specEvolution(
  metadata: TableMetadata,
  describe: (change: SpecChange) => unknown,
): Evolution {
  const { formatVersion, specs, defaultSpecId: specId, lastPartitionId } = metadata
  const base = { formatVersion, schema: currentSchema(metadata), specs, specId, lastPartitionId }
  const { spec, isNew } = changeSpec(base, (edit) => {
    refusePromise(describe(new SpecChange(edit)))
  })
  const added: readonly TableUpdate[] = isNew ? [{ action: 'add-spec', spec }] : []
  return {
    basis: 'spec',
    updates: [...added, { action: 'set-default-spec', specId: isNew ? LAST_ADDED : spec.specId }],
  }
}

/** @throws IcebergError `invalid` or `not-found` naming the ref of a change that cannot be made */
export function refUpdates(
  metadata: TableMetadata,
  describe: (change: RefChange) => unknown,
): readonly RefUpdate[] {
  return changeRefs(metadata, (edit) => refusePromise(describe(new RefChange(edit))))
}

/** @throws IcebergError `invalid` for a column that is not there, or that has no such order */
export function sortOrderEvolution(
  metadata: TableMetadata,
  sort: string | readonly SortTerm[],
): Evolution {
  const terms = typeof sort === 'string' ? termsOf(sort) : sort
  const { order, isNew } = changeSortOrder(currentSchema(metadata), metadata.sortOrders, terms)
  const added: readonly TableUpdate[] = isNew
    ? [{ action: 'add-sort-order', sortOrder: order }]
    : []
  const orderId = isNew ? LAST_ADDED : order.orderId
  return { basis: 'sort-order', updates: [...added, { action: 'set-default-sort-order', orderId }] }
}

/** @throws IcebergError `invalid` for a version that does not exist, or that the table has left behind */
export function formatEvolution(metadata: TableMetadata, wanted: FormatVersion): Evolution {
  const formatVersion = formatVersionOf(wanted)
  if (formatVersion === undefined || formatVersion < metadata.formatVersion) {
    throw new IcebergError('invalid', 'a table can only be upgraded, to format version 2 or 3', {
      context: { formatVersion: String(wanted), current: metadata.formatVersion },
    })
  }
  return {
    basis: 'format-version',
    updates: [{ action: 'upgrade-format-version', formatVersion }],
  }
}

function termsOf(text: string): readonly SortTerm[] {
  return text === 'none' ? [] : parseSortFields(text)
}

/** What it does after the first wait would be lost without a word. */
function refusePromise(answer: unknown): void {
  if (typeof answer !== 'object' || answer === null || !('then' in answer)) return
  throw new IcebergError('invalid', 'a change is described at once, not by a promise')
}
