// What the thread of an engine and that of DuckDB say to each other.

/** A value of an answer: whatever is asked for is asked for in these forms. */
export type PlainValue = boolean | number | bigint | string | Uint8Array | null

/** What a database may open, and what it may take. */
export interface DatabaseSettings {
  /** Files that it may read. */
  readonly readable: readonly string[]
  /** Folders in which it may write. */
  readonly writable: readonly string[]
  /** For what does not fit in memory. */
  readonly tempFolder: string
  readonly memoryBytes: number
  /** Those that work on one statement: each needs memory of its own. */
  readonly threads: number
}

/** What is answered by one {@link Reply}. */
export type Question =
  | { readonly kind: 'open'; readonly settings: DatabaseSettings }
  | { readonly kind: 'run'; readonly database: number; readonly sql: string }
  | { readonly kind: 'close'; readonly database: number }

export type Request =
  /** Its answer has the same number; answers come in any order. */
  | { readonly kind: 'question'; readonly id: number; readonly question: Question }
  /** Ends what runs in a database. Without an answer of its own. */
  | { readonly kind: 'interrupt'; readonly database: number }

export type Reply =
  | { readonly kind: 'opened'; readonly id: number; readonly database: number }
  | {
      readonly kind: 'rows'
      readonly id: number
      readonly rows: readonly (readonly PlainValue[])[]
    }
  | { readonly kind: 'closed'; readonly id: number }
  | { readonly kind: 'failed'; readonly id: number; readonly text: string }

/** What the thread is started with. */
export interface ThreadData {
  /** One 32-bit word: statements that DuckDB is at work on. */
  readonly busy: SharedArrayBuffer
}
