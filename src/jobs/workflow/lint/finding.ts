import type { Problem } from '../../../base/errors.ts'
import type { Place } from '../../yaml/faults.ts'

/** What a finding is about; names are for people to look up and for scripts to tell apart. */
export type LintRule =
  | 'append-external-state'
  | 'boundary-loss'
  | 'closed-bounds'
  | 'count-as-watermark'
  | 'log-reread'
  | 'misplaced-dataset'
  | 'month-drift'
  | 'not-deterministic'
  | 'partial-partitions'
  | 'state-not-advanced'
  | 'timed-without-stream'
  | 'window-past-data'

/** Something a workflow file may well be run with, and that can lose rows or repeat them when it is. */
export interface Finding extends Problem {
  readonly rule: LintRule
}

/** @param message what happens, and what to do about it */
export function finding(rule: LintRule, place: Place, message: string): Finding {
  return { ...place, rule, message }
}
