import type { RequestOptions } from './object-store.ts'

/**
 * The objects of a store as files of this machine, for a program beside this one that opens files by itself. What it does
 * with them passes no store, so that none counts it.
 */
export interface LocalFiles {
  /** The file that an object is, whether or not it is there; null for a location that is not on this machine. */
  pathOf(location: string): Promise<string | null>

  /**
   * Whether anything has the name: a folder too, which is no object. What cannot be looked at counts as there; null for a location
   * that is not on this machine.
   */
  isThere(location: string): Promise<boolean | null>

  /**
   * A place for a new object, in a folder that is there.
   *
   * @throws IcebergError as `put` of the store
   */
  newFile(location: string, options?: RequestOptions): Promise<NewFile>
}

/** An object that somebody else writes. To be ended by one of its methods. */
export interface NewFile {
  /** There is no file yet. */
  readonly path: string

  /**
   * Makes what was written the object, as `put` in mode `create` does: when it returns, the bytes and the name outlive a
   * crash of the machine. When it throws, nothing of it is left under {@link path}.
   *
   * @returns its size in bytes
   * @throws IcebergError as `put` of the store
   */
  publish(options?: RequestOptions): Promise<number>

  /** Removes what was written so far. Never throws. */
  discard(): Promise<void>
}
