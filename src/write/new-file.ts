import { partitionPath } from '../layout/partition-key.ts'
import type { PartitionSpec } from '../layout/partition-spec.ts'
import type { PartitionTuple } from '../layout/partition-tuple.ts'
import { partitionTypesOf } from '../metadata/partition-types.ts'
import { dataFileLocation } from '../table/locations.ts'
import type { WriteContext } from './write-context.ts'

/** Where the next data file of an operation goes. No two files ever meet in one place. */
export function newFileLocation(
  { operationId, state, nextFileNumber }: WriteContext,
  spec: PartitionSpec,
  partition: PartitionTuple,
): string {
  const types = partitionTypesOf(state.metadata, spec)
  const number = String(nextFileNumber()).padStart(5, '0')
  return dataFileLocation(
    state.metadata,
    partitionPath(spec, types, partition),
    `${number}-${operationId}.parquet`,
  )
}
