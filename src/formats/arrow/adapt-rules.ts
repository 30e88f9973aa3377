import type { Data, Field as ArrowField } from 'apache-arrow'
import type { Field } from '../../types/type.ts'
import type { Value } from '../../types/value.ts'

/**
 * A column of one Arrow type to one of the type that {@link arrowTypeOf} gives. Shares buffers where the layout is
 * already that.
 */
export type ColumnAdapter = (data: Data) => Data

/** How columns find their fields, and how a column that does not fit is told. */
export interface AdaptRules {
  /** Whose fault it is when a column does not fit: the caller's, or that of stored bytes. */
  readonly fault: 'invalid' | 'corrupt'
  /** Index of the column that holds `field`; -1 when there is none. */
  readonly indexOf: (field: Field, columns: readonly ArrowField[], position: number) => number
  /** What becomes of columns that no field claims. */
  readonly extras: 'refused' | 'ignored'
  /** What each row holds in a field that no column holds; null where nothing is known. May throw where that is a fault. */
  readonly absent: (field: Field) => Value | null
  /**
   * Whether columns are read as files may hold them that are older than the table's schema, or by less careful writers:
   * dates for timestamps, text that is not marked as such, timestamps that do not say whether they have a zone.
   */
  readonly leniency: 'of-files' | 'none'
}
