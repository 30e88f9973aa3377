import type { TableUpdate } from '../metadata/updates.ts'
import type { Change } from './commit.ts'

/** A commit of table properties alone: no snapshot. */
export function propertyChange(properties: ReadonlyMap<string, string>): Change {
  return {
    propose: async (state) => ({
      requirements: [{ type: 'assert-table-uuid', uuid: state.metadata.tableUuid }],
      updates: propertyUpdates(properties),
    }),
    isIn: (metadata) =>
      [...properties].every(([name, value]) => metadata.properties.get(name) === value),
  }
}

export function propertyUpdates(properties: ReadonlyMap<string, string>): readonly TableUpdate[] {
  return properties.size === 0 ? [] : [{ action: 'set-properties', updates: properties }]
}
