import { describe, expect, it } from 'vitest'

import { lintWorkflow } from '../../../../src/jobs/workflow/lint.ts'
import type { Finding, LintRule } from '../../../../src/jobs/workflow/lint.ts'
import { edited, WORKFLOW_TEXT, workflowOf } from '../../../support/jobs/workflow-file.ts'

const READ = 'workflow.dag[0].spec.flare.job.inputs[0].incremental'
const WINDOW = "arrived > '$|start|' and arrived <= '$|end|'"
const START = "select to_timestamp('2021-03-01 00:00:00')"
const END = "select to_timestamp('$|start|') + INTERVAL '1' MONTH"
const DAY = 'type: day'

type Edit = readonly [from: string, to: string]

function lint(...edits: readonly Edit[]): readonly Finding[] {
  return lintWorkflow(workflowOf(edited(...edits)))
}

function finds(rule: LintRule, ...edits: readonly Edit[]): boolean {
  return lint(...edits).some((finding) => finding.rule === rule)
}

describe('lint', () => {
  it('says what, where and what to write instead', () => {
    expect(lintWorkflow(workflowOf(WORKFLOW_TEXT))).toEqual([
      {
        rule: 'boundary-loss',
        path: `${READ}.sql`,
        line: 30,
        column: 22,
        message: 'rows at the end of a window are lost: use arrived >= start AND arrived < end',
      },
      {
        rule: 'window-past-data',
        path: `${READ}.keys[1].name`,
        line: 34,
        column: 27,
        message:
          'a window may end beyond the data, and rows that arrive later are never read: set until to sourceMax or now',
      },
    ])
  })

  it('has nothing to say about a half-open window that waits for its data', () => {
    const until = [
      'context: every_call',
      'context: every_call\n                until: sourceMax',
    ] as const
    expect(lint([WINDOW, "arrived >= '$|start|' and arrived < '$|end|'"], until)).toEqual([])
  })

  it('has nothing to say where no window moves', () => {
    const state =
      '                state:\n                  - key: start\n                    value: end\n'
    expect(lint([state, ''])).toEqual([])
  })
})

describe('boundary-loss', () => {
  const rule = 'boundary-loss'

  it.each([
    "arrived > '$|start|' and arrived < '$|end|'",
    "'$|start|' < arrived and '$|end|' >= arrived",
    "arrived > to_timestamp('$|start|') and arrived <= timestamp '$|end|'",
    "every_call.arrived > '$|start|' and every_call.arrived <= '$|end|'",
    "ARRIVED > '$|start|' and Arrived <= '$|end|'",
  ])('is found in %s', (window) => {
    expect(finds(rule, [WINDOW, window])).toBe(true)
  })

  it.each([
    "arrived >= '$|start|' and arrived < '$|end|'",
    // The boundary is in both windows, and the later one replaces what the earlier one wrote of that day.
    "arrived between '$|start|' and '$|end|'",
    "arrived > '$|start|' and left <= '$|end|'",
    "arrived > '$|start|'",
    "arrived <= '$|end|'",
  ])('is not found in %s', (window) => {
    expect(finds(rule, [WINDOW, window])).toBe(false)
  })

  it.each(['hour', 'month', 'year', 'days'])('is found where partitions are by %s', (type) => {
    expect(finds(rule, [DAY, `type: ${type}`])).toBe(true)
  })

  it('is not found where equal values have a partition of their own', () => {
    expect(finds(rule, [DAY, 'type: identity'])).toBe(false)
  })

  it('is not found where another column makes the partitions', () => {
    expect(finds(rule, ['column: arrived', 'column: left_at'])).toBe(false)
  })

  it('is not found where rows are appended', () => {
    expect(finds(rule, ['saveMode: overwrite', 'saveMode: append'])).toBe(false)
  })
})

describe('window-past-data', () => {
  const rule = 'window-past-data'

  it.each(['now', 'sourceMax', '2021-12-31', 'select 1'])(
    'is not found with until: %s',
    (until) => {
      const edit = [
        'context: every_call',
        `context: every_call\n                until: ${until}`,
      ] as const
      expect(finds(rule, edit)).toBe(false)
    },
  )

  it('is found with until: none', () => {
    const edit = [
      'context: every_call',
      'context: every_call\n                until: none',
    ] as const
    expect(finds(rule, edit)).toBe(true)
  })

  it.each([
    'select current_timestamp()',
    'select now()',
    "select least(to_timestamp('$|start|') + INTERVAL '1' MONTH, current_date)",
  ])('is not found where a window ends at %s', (sql) => {
    expect(finds(rule, [END, sql])).toBe(false)
  })

  it('is found where a window ends at a fixed value', () => {
    expect(finds(rule, [`sql: ${END}`, 'default: 2021-12-31'])).toBe(true)
  })
})

describe('month-drift', () => {
  const rule = 'month-drift'
  const from = (date: string): Edit => [START, `select to_timestamp('${date} 00:00:00')`]

  it.each(['2021-01-29', '2021-01-31', '2020-12-30'])('is found from %s', (date) => {
    expect(finds(rule, from(date))).toBe(true)
    const start = lint(from(date)).find((finding) => finding.rule === rule)
    expect(start).toMatchObject({ path: `${READ}.keys[0].name`, line: 32 })
  })

  it('is not found from the 28th', () => {
    expect(finds(rule, from('2021-01-28'))).toBe(false)
  })

  it('is found in a default', () => {
    expect(finds(rule, [`sql: ${START}`, 'default: 2021-01-31'])).toBe(true)
  })

  it.each([
    "select to_timestamp('$|start|') + INTERVAL 1 MONTH",
    "select to_timestamp('$|start|') + INTERVAL '3 months'",
    "select add_months('$|start|', 1)",
  ])('is found in %s', (sql) => {
    expect(finds(rule, from('2021-01-31'), [END, sql])).toBe(true)
  })

  it('is not found in steps of days', () => {
    const days = "select to_timestamp('$|start|') + INTERVAL '30' DAY"
    expect(finds(rule, from('2021-01-31'), [END, days])).toBe(false)
  })
})
