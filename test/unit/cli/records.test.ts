import { describe, expect, it } from 'vitest'

import { printRecords } from '../../../src/cli/records.ts'
import { recordedTerminal } from '../../support/terminal.ts'

const RECORDS = [
  { id: 9007199254740993n, name: 'a\u001bb', parent: null, summary: new Map([['k', 'v']]) },
  { id: 1n, name: 'x', parent: 1, summary: new Map() },
]

describe('records of facts', () => {
  it('are lines of JSON for programs', async () => {
    const terminal = recordedTerminal()
    await printRecords(terminal, 'ndjson', RECORDS)
    expect(terminal.printed()).toBe(
      '{"id":9007199254740993,"name":"a\\u001bb","parent":null,"summary":{"k":"v"}}\n' +
        '{"id":1,"name":"x","parent":1,"summary":{}}\n',
    )
  })

  it('are a table for people, in which nothing speaks to the terminal', async () => {
    const terminal = recordedTerminal()
    await printRecords(terminal, 'table', RECORDS)
    expect(terminal.printed()).toContain(
      String.raw`│ 9007199254740993 │ a\x1bb │        │ {"k":"v"} │`,
    )
    const none = recordedTerminal()
    await printRecords(none, 'table', [])
    expect(none.printed()).toBe('')
  })
})
