/** What the clock says for as long as an engine lives. */
import { formatDate, formatTimestamp } from '../../types/temporal-text.ts'
import { duckdbTypeNode } from './spark-types.ts'
import { castNode, textNode } from './syntax-tree.ts'
import type { SqlNode } from './syntax-tree.ts'

/** One moment, in the zone of the session where that makes a difference. */
export interface SessionTime {
  /** Microseconds since 1970-01-01T00:00:00 UTC. */
  readonly micros: bigint
  /** Days since 1970-01-01 of the date in the session zone. */
  readonly date: number
}

/** The time, or the date, in place of a node that asks. */
export function clockNode(node: SqlNode, now: SessionTime, kind: 'timestamp' | 'date'): SqlNode {
  const text = kind === 'timestamp' ? `${formatTimestamp(now.micros)}+00` : formatDate(now.date)
  return castNode(node, textNode(text), duckdbTypeNode({ kind }))
}
