import { randomUUID } from 'node:crypto'

import type { TableCommit } from '../../src/catalog/catalog.ts'
import { unpartitionedSpec } from '../../src/layout/partition-spec.ts'
import { unsortedOrder } from '../../src/layout/sort-order.ts'
import { newTableMetadata } from '../../src/metadata/table-metadata.ts'
import type { TableMetadata } from '../../src/metadata/table-metadata.ts'
import { parseSchemaText } from '../../src/types/schema-text.ts'
import { TEST_TIME_MS } from './fixed-environment.ts'

/** Metadata of a table of two columns, as it is created. */
export function newTable(
  location: string,
  properties: Readonly<Record<string, string>> = {},
): TableMetadata {
  return newTableMetadata({
    uuid: randomUUID(),
    location,
    schema: parseSchemaText('id long not null, city string'),
    spec: unpartitionedSpec,
    sortOrder: unsortedOrder,
    properties: new Map(Object.entries(properties)),
    nowMs: TEST_TIME_MS,
  })
}

/** A commit that can be told from others by what it sets. */
export function setting(properties: Readonly<Record<string, string>>): TableCommit {
  return {
    requirements: [],
    updates: [{ action: 'set-properties', updates: new Map(Object.entries(properties)) }],
  }
}
