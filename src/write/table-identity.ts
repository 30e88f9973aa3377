import type { TableCommit } from '../catalog/catalog.ts'
import type { TableState } from '../table/table-state.ts'

/**
 * What every commit begins with: that the table is still the one that was read. A table of version 1 without a uuid gets
 * one on the way, so that the next commit can tell.
 */
export function sameTable({ metadata, services }: TableState): TableCommit {
  return metadata.tableUuid === null
    ? {
        requirements: [],
        updates: [{ action: 'assign-uuid', uuid: services.environment.uuid() }],
      }
    : { requirements: [{ type: 'assert-table-uuid', uuid: metadata.tableUuid }], updates: [] }
}
