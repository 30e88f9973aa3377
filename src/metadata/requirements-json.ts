import { unreachable } from '../base/assert.ts'
import { IcebergError } from '../base/errors.ts'
import { readObject } from '../base/json-fields.ts'
import type { TableRequirement } from './requirements.ts'

/** The form of the REST specification (`TableRequirement`), for `stringifyJson`. */
export function requirementToJson(requirement: TableRequirement): unknown {
  const { type } = requirement
  switch (type) {
    case 'assert-create':
      return { type }
    case 'assert-table-uuid':
      return { type, uuid: requirement.uuid }
    case 'assert-ref-snapshot-id':
      return { type, ref: requirement.ref, 'snapshot-id': requirement.snapshotId }
    case 'assert-current-schema-id':
      return { type, 'current-schema-id': requirement.schemaId }
    case 'assert-default-spec-id':
      return { type, 'default-spec-id': requirement.specId }
    case 'assert-default-sort-order-id':
      return { type, 'default-sort-order-id': requirement.orderId }
    case 'assert-last-assigned-field-id':
      return { type, 'last-assigned-field-id': requirement.fieldId }
    case 'assert-last-assigned-partition-id':
      return { type, 'last-assigned-partition-id': requirement.partitionId }
    default:
      return unreachable(requirement)
  }
}

/**
 * Reads the form of the REST specification.
 *
 * @throws IcebergError `corrupt` with the path when a field is missing or misshapen, `unsupported` for an unknown type
 */
export function requirementFromJson(json: unknown, path: string): TableRequirement {
  const fields = readObject(json, path)
  const type = fields.string('type')
  switch (type) {
    case 'assert-create':
      return { type }
    case 'assert-table-uuid':
      return { type, uuid: fields.string('uuid') }
    case 'assert-ref-snapshot-id':
      return {
        type,
        ref: fields.string('ref'),
        snapshotId: fields.optionalLong('snapshot-id') ?? null,
      }
    case 'assert-current-schema-id':
      return { type, schemaId: fields.int('current-schema-id') }
    case 'assert-default-spec-id':
      return { type, specId: fields.int('default-spec-id') }
    case 'assert-default-sort-order-id':
      return { type, orderId: fields.int('default-sort-order-id') }
    case 'assert-last-assigned-field-id':
      return { type, fieldId: fields.int('last-assigned-field-id') }
    case 'assert-last-assigned-partition-id':
      return { type, partitionId: fields.int('last-assigned-partition-id') }
    default:
      throw new IcebergError('unsupported', 'requirement of a commit is not known', {
        context: { path: fields.path('type'), type },
      })
  }
}
