import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { intAt, longAt, readObject, stringAt } from '../base/json-fields.ts'
import type { JsonFields } from '../base/json-fields.ts'
import {
  sortOrderFromJson,
  sortOrderToJson,
  specFromJson,
  specToJson,
} from '../layout/layout-json.ts'
import { schemaFromJson, schemaToJson } from '../types/schema-json.ts'
import { encryptionKeyFromJson, encryptionKeyToJson } from './encryption-key.ts'
import { refFromJson, refToJson } from './refs.ts'
import { snapshotFromJson, snapshotToJson } from './snapshot.ts'
import {
  partitionStatisticsFromJson,
  partitionStatisticsToJson,
  statisticsFromJson,
  statisticsToJson,
} from './statistics.ts'
import type { TableUpdate } from './updates.ts'

/** Snapshots of an update are in the form of the latest version, of which those of older ones are a part. */
const SNAPSHOT_FORM = 3

/** The form of the REST specification (`TableUpdate`), for `stringifyJson`. */
export function updateToJson(update: TableUpdate): object {
  const { action } = update
  switch (action) {
    case 'assign-uuid':
      return { action, uuid: update.uuid }
    case 'upgrade-format-version':
      return { action, 'format-version': update.formatVersion }
    case 'add-schema':
      return { action, schema: schemaToJson(update.schema) }
    case 'set-current-schema':
      return { action, 'schema-id': update.schemaId }
    case 'add-spec':
      return { action, spec: specToJson(update.spec) }
    case 'set-default-spec':
      return { action, 'spec-id': update.specId }
    case 'add-sort-order':
      return { action, 'sort-order': sortOrderToJson(update.sortOrder) }
    case 'set-default-sort-order':
      return { action, 'sort-order-id': update.orderId }
    case 'add-snapshot':
      return { action, snapshot: snapshotToJson(update.snapshot, SNAPSHOT_FORM) }
    case 'set-snapshot-ref':
      return { action, 'ref-name': update.name, ...refToJson(update.ref) }
    case 'remove-snapshots':
      return { action, 'snapshot-ids': update.snapshotIds }
    case 'remove-snapshot-ref':
      return { action, 'ref-name': update.name }
    case 'set-location':
      return { action, location: update.location }
    case 'set-properties':
      return { action, updates: update.updates }
    case 'remove-properties':
      return { action, removals: update.removals }
    case 'set-statistics':
      return {
        action,
        // Redundant, but servers of before require it.
        'snapshot-id': update.statistics.snapshotId,
        statistics: statisticsToJson(update.statistics),
      }
    case 'set-partition-statistics':
      return { action, 'partition-statistics': partitionStatisticsToJson(update.statistics) }
    case 'remove-statistics':
    case 'remove-partition-statistics':
      return { action, 'snapshot-id': update.snapshotId }
    case 'remove-partition-specs':
      return { action, 'spec-ids': update.specIds }
    case 'remove-schemas':
      return { action, 'schema-ids': update.schemaIds }
    case 'add-encryption-key':
      return { action, 'encryption-key': encryptionKeyToJson(update.key) }
    case 'remove-encryption-key':
      return { action, 'key-id': update.keyId }
    default:
      return unreachable(update)
  }
}

/**
 * Reads the form of the REST specification. The highest column id that an older client sends along with a schema is not
 * heeded: it follows from the schema.
 *
 * @throws IcebergError `corrupt` with the path when a field is missing or misshapen, `unsupported` for an unknown action
 */
export function updateFromJson(json: unknown, path: string): TableUpdate {
  const fields = readObject(json, path)
  const action = fields.string('action')
  const part = <Part>(name: string, fromJson: (json: unknown, path: string) => Part): Part =>
    fromJson(fields.object(name), fields.path(name))
  switch (action) {
    case 'assign-uuid':
      return { action, uuid: fields.string('uuid') }
    case 'upgrade-format-version':
      return { action, formatVersion: fields.int('format-version') }
    case 'add-schema':
      return { action, schema: part('schema', schemaFromJson) }
    case 'set-current-schema':
      return { action, schemaId: fields.int('schema-id') }
    case 'add-spec':
      return { action, spec: part('spec', specFromJson) }
    case 'set-default-spec':
      return { action, specId: fields.int('spec-id') }
    case 'add-sort-order':
      return { action, sortOrder: part('sort-order', sortOrderFromJson) }
    case 'set-default-sort-order':
      return { action, orderId: fields.int('sort-order-id') }
    case 'add-snapshot':
      return { action, snapshot: part('snapshot', snapshotFromJson) }
    case 'set-snapshot-ref':
      return { action, name: fields.string('ref-name'), ref: refFromJson(json, path) }
    case 'remove-snapshots':
      return { action, snapshotIds: itemsOf(fields, 'snapshot-ids', longAt) }
    case 'remove-snapshot-ref':
      return { action, name: fields.string('ref-name') }
    case 'set-location':
      return { action, location: fields.string('location') }
    case 'set-properties':
      return { action, updates: fields.stringMap('updates') }
    case 'remove-properties':
      return { action, removals: itemsOf(fields, 'removals', stringAt) }
    case 'set-statistics':
      return { action, statistics: part('statistics', statisticsFromJson) }
    case 'set-partition-statistics':
      return { action, statistics: part('partition-statistics', partitionStatisticsFromJson) }
    case 'remove-statistics':
    case 'remove-partition-statistics':
      return { action, snapshotId: fields.long('snapshot-id') }
    case 'remove-partition-specs':
      return { action, specIds: itemsOf(fields, 'spec-ids', intAt) }
    case 'remove-schemas':
      return { action, schemaIds: itemsOf(fields, 'schema-ids', intAt) }
    case 'add-encryption-key':
      return { action, key: part('encryption-key', encryptionKeyFromJson) }
    case 'remove-encryption-key':
      return { action, keyId: fields.string('key-id') }
    default:
      throw new IcebergError('unsupported', 'update of a table is not known', {
        context: { path: fields.path('action'), action },
      })
  }
}

function itemsOf<Item>(
  fields: JsonFields,
  name: string,
  itemAt: (value: unknown, path: string) => Item,
): readonly Item[] {
  return fields.array(name).map((item, index) => itemAt(item, `${fields.path(name)}[${index}]`))
}
