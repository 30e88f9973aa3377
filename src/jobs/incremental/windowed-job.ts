// A job that takes its inputs window by window, whoever described it: a workflow file or a program.

import type { Expression } from '../../expressions/predicate.ts'
import type { Schema } from '../../types/schema.ts'
import type { PrimitiveType } from '../../types/type.ts'
import type { Beyond, RunKind, SourceReport } from '../report.ts'
import type { IncrementalState } from '../state-record.ts'
import type { ViewRows } from '../sinks/sink.ts'
import type { JobOutput } from '../sinks/target.ts'
import type { KeyOrder, ToLocal } from './key-order.ts'
import type { StateEntry } from '../workflow/model.ts'

export interface WindowedJob {
  /** What state is kept under. */
  readonly id: string
  readonly name: string
  readonly kind: RunKind
  /**
   * Whether a window takes the place of rows that an earlier run of it may have left: where a table can tell the rows of a
   * window they are replaced, whatever its output says.
   */
  readonly replacesWindow: boolean
  /** One for each input that windows are cut from; without any the inputs are taken whole. */
  readonly cuts: readonly Cut[]
  /** In the order in which they are written. */
  readonly outputs: readonly JobOutput[]
  /** Reads a window: what it gives is held open until it is closed. */
  readonly open: (window: Window, signal?: AbortSignal) => Promise<OpenWindow>
}

/** How the windows of one input are cut. */
export interface Cut {
  /** The name of the input. */
  readonly input: string
  /** The name that the state is kept under. */
  readonly stateKey: string
  /** Short texts of how keys are defined, by their names. */
  readonly definitions: ReadonlyMap<string, string>
  /** What a run leaves for the next one; empty for a cut that is the same in every run. */
  readonly entries: readonly StateEntry[]
  /**
   * The values of every key, in order.
   *
   * @param stored values that are not to be worked out: those that earlier runs left, or those that somebody asked for
   */
  readonly values: (stored: ReadonlyMap<string, string>) => Promise<ReadonlyMap<string, string>>
  /** What the values of a key are; null where no column of the source tells. */
  readonly orderOf: (key: string) => KeyOrder | null
  readonly toLocal: ToLocal
  /** Why a window must wait; null when it may be run. */
  readonly beyond: (values: ReadonlyMap<string, string>) => Promise<Beyond | null>
  /** Whether a window reads again what the one before it has read. */
  readonly rereads: boolean
  /** Where the rows that a window reads begin, lag included; null where no column tells. */
  readonly begins: (values: ReadonlyMap<string, string>) => Promise<Beginning | null>
  /** What is odd about a window that may be run. */
  readonly oddities: (values: ReadonlyMap<string, string>) => Promise<readonly string[]>
  /**
   * The rows that a window reads, lag included, as a condition on the columns of a table; null where there is none.
   *
   * @param values of every key
   */
  readonly range: (
    values: ReadonlyMap<string, string>,
    schema: Schema,
  ) => Promise<Expression | null>
}

/** Whether a key is ours: no key of a file has a bar in its name. */
export function isHiddenKey(name: string): boolean {
  return name.startsWith('|')
}

/** Where a window begins to read; with a lag that is before it begins to be new. */
export interface Beginning {
  readonly from: string
  /** `from` as microseconds since 1970-01-01T00:00:00 UTC, which columns with a zone are cut by; null when it is no moment. */
  readonly instant: bigint | null
  /** Null when it is not known. */
  readonly column: string | null
  /** The type of the column in the source; null when it is not known. */
  readonly type: PrimitiveType['kind'] | null
}

/** One window of every cut. */
export interface Window {
  /** By the inputs of the cuts. */
  readonly parts: ReadonlyMap<string, WindowPart>
  /** Versions that the inputs without a cut are read at, by their names; null for none; those that it does not name as they are now. */
  readonly pins: ReadonlyMap<string, bigint | null>
}

export interface WindowPart {
  readonly values: ReadonlyMap<string, string>
  readonly source: SourceVersion
  /** For windows of commits: the version that the window before it ended with; null when it is not known. */
  readonly afterSnapshotId: bigint | null
}

/** The version of a source to read: that snapshot, the `current` one, or `none` for a source that had none when it was read. */
export type SourceVersion = bigint | 'current' | 'none'

/** What of its source a window has read. */
export interface ReadVersions {
  /** Null when the source had none, or nothing of it was read. */
  readonly sourceSnapshotId: bigint | null
  readonly afterSnapshotId: bigint | null
}

/** A window whose inputs are found, and whose rows can be read. */
export interface OpenWindow {
  readonly sources: readonly SourceReport[]
  /** What each cut has read, by its input. */
  readonly read: ReadonlyMap<string, ReadVersions>
  /** Versions of the other inputs, by their names; null for a table that has none. */
  readonly pins: ReadonlyMap<string, bigint | null>
  /** The rows of a view; each call reads them anew. */
  readonly rows: (view: string) => Promise<ViewRows>
  readonly close: () => Promise<void>
}

/** Where a job stood before a window, by the state keys of its cuts; null where a cut has not been run yet. */
export type JobState = ReadonlyMap<string, IncrementalState | null>
