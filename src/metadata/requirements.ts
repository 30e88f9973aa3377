import { unreachable } from '../base/assert.ts'
import type { TableMetadata } from './table-metadata.ts'

/** What must still hold of a table for updates to be applied, as the REST specification names them. */
export type TableRequirement =
  | { readonly type: 'assert-create' }
  | { readonly type: 'assert-table-uuid'; readonly uuid: string }
  /** Null: the ref must not exist. */
  | {
      readonly type: 'assert-ref-snapshot-id'
      readonly ref: string
      readonly snapshotId: bigint | null
    }
  | { readonly type: 'assert-current-schema-id'; readonly schemaId: number }
  | { readonly type: 'assert-default-spec-id'; readonly specId: number }
  | { readonly type: 'assert-default-sort-order-id'; readonly orderId: number }
  | { readonly type: 'assert-last-assigned-field-id'; readonly fieldId: number }
  | { readonly type: 'assert-last-assigned-partition-id'; readonly partitionId: number }

/**
 * The first requirement that does not hold, in words; null when all hold. `metadata` is null for a table that does not
 * exist.
 */
export function failedRequirement(
  metadata: TableMetadata | null,
  requirements: readonly TableRequirement[],
): string | null {
  for (const requirement of requirements) {
    const failure = failureOf(metadata, requirement)
    if (failure !== null) return failure
  }
  return null
}

function failureOf(metadata: TableMetadata | null, requirement: TableRequirement): string | null {
  if (requirement.type === 'assert-create') return metadata === null ? null : 'table already exists'
  return metadata === null ? 'table does not exist' : changeOf(metadata, requirement)
}

type RequirementOfTable = Exclude<TableRequirement, { readonly type: 'assert-create' }>

function changeOf(metadata: TableMetadata, requirement: RequirementOfTable): string | null {
  switch (requirement.type) {
    case 'assert-table-uuid':
      return changed('table uuid', metadata.tableUuid, requirement.uuid)
    case 'assert-ref-snapshot-id': {
      const snapshotId = metadata.refs.get(requirement.ref)?.snapshotId ?? null
      return changed(`snapshot of ref ${requirement.ref}`, snapshotId, requirement.snapshotId)
    }
    case 'assert-current-schema-id':
      return changed('current schema', metadata.currentSchemaId, requirement.schemaId)
    case 'assert-default-spec-id':
      return changed('default partition spec', metadata.defaultSpecId, requirement.specId)
    case 'assert-default-sort-order-id':
      return changed('default sort order', metadata.defaultSortOrderId, requirement.orderId)
    case 'assert-last-assigned-field-id':
      return changed('last assigned field id', metadata.lastColumnId, requirement.fieldId)
    case 'assert-last-assigned-partition-id':
      return changed(
        'last assigned partition id',
        metadata.lastPartitionId,
        requirement.partitionId,
      )
    default:
      return unreachable(requirement)
  }
}

function changed<Value extends string | number | bigint | null>(
  what: string,
  found: Value,
  required: Value,
): string | null {
  return found === required ? null : `${what} is ${found ?? 'absent'}, not ${required ?? 'absent'}`
}
