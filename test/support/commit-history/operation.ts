// What processes did to one table, as they told of it, and what the versions of the table say was done.

/** A row of the tables of these histories: its id, which no other row ever has, and its partition. */
export type HistoryRow = readonly [id: number, part: number]

/** Rows of one partition, all of them or those with lesser ids. */
export interface Condition {
  readonly part: number
  readonly below: number | null
}

/** What an overwrite has validated, as `Isolation` of the client. */
type Validated = 'serializable' | 'snapshot' | 'none'

/** One change of a table; an operation may make several at once. */
export type Effect =
  | { readonly kind: 'create' }
  | { readonly kind: 'append'; readonly rows: readonly HistoryRow[] }
  | {
      readonly kind: 'replace-partitions'
      readonly rows: readonly HistoryRow[]
      readonly isolation: Validated
    }
  | {
      readonly kind: 'overwrite'
      readonly where: Condition
      readonly rows: readonly HistoryRow[]
      readonly isolation: Validated
    }
  | { readonly kind: 'set-property'; readonly name: string; readonly value: string }
  | { readonly kind: 'add-column' | 'drop-column'; readonly name: string }
  /** A branch or tag is made or moved, or dropped by null. */
  | { readonly kind: 'point'; readonly ref: string; readonly snapshot: string | null }
  | { readonly kind: 'roll-back'; readonly snapshot: string }
  /** Snapshots that nothing needs any more go. */
  | { readonly kind: 'expire' }

/** Times are microseconds of one clock for all processes of the machine. */
export interface Operation {
  readonly id: string
  readonly process: string
  readonly invokedAt: number
  /** The version that the process held when it began; null where there is none yet. */
  readonly base: number | null
  /** None for a read. */
  readonly effects: readonly Effect[]
  /** Null when the process was ended before it could say anything. */
  readonly end: OperationEnd | null
}

export interface OperationEnd {
  readonly at: number
  /** `unchanged`: there was nothing to change in the version that it names. */
  readonly outcome: 'ok' | 'unchanged' | 'read' | 'failed' | 'unknown'
  /** What the process then held, or what it read. */
  readonly version: number | null
  readonly attempts: number
  /** {@link rowsDigest} of what was read. */
  readonly digest?: string
  /** Of the error. */
  readonly kind?: string
  readonly message?: string
}

/** One version of a table, and what it has that the one before it has not. */
export interface Version {
  readonly number: number
  /** Ids of the operations that signed it. */
  readonly signatures: readonly string[]
  /** Oldest first. */
  readonly newSnapshots: readonly { readonly id: string; readonly totalRecords: string | null }[]
  readonly head: string | null
  /** Where branches and tags other than main point. */
  readonly refs: ReadonlyMap<string, string>
  readonly columns: readonly string[]
  /** Those that {@link Effect} sets. */
  readonly properties: ReadonlyMap<string, string>
}
