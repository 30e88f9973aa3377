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
