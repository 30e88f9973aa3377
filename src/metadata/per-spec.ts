import type { PartitionSpec } from '../layout/partition-spec.ts'
import { specById } from './table-metadata.ts'
import type { TableMetadata } from './table-metadata.ts'

/** What is made of a partition spec, by the id of the spec: made when it is first asked for, and once. */
export function perSpec<Made>(
  metadata: Pick<TableMetadata, 'specs'>,
  make: (spec: PartitionSpec) => Made,
): (specId: number) => Made {
  const known = new Map<number, Made>()
  return (specId) => {
    const made = known.get(specId) ?? make(specById(metadata, specId))
    known.set(specId, made)
    return made
  }
}
