import type { IcebergError } from '../../base/errors.ts'

/** A piece of a text that is no row. */
export interface BadRow {
  /** Where it begins, counted from 1. */
  readonly line: number
  /** What is wrong with it: kind `invalid`. */
  readonly error: IcebergError
  /** What it says; in base64 when it is not UTF-8. */
  readonly record: string
}

/** Takes what is no row, so that reading goes on behind it. */
export type OnBadRow = (row: BadRow) => void
