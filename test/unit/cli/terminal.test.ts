import { Writable } from 'node:stream'

import { describe, expect, it } from 'vitest'

import { eventPrinter, printLine, warningPrinter } from '../../../src/cli/terminal.ts'
import { recordedTerminal } from '../../support/terminal.ts'

describe('the terminal', () => {
  it('tells each warning once, without a sign that it obeys', () => {
    const terminal = recordedTerminal()
    const warn = warningPrinter(terminal)
    for (const warning of ['a\u001b', 'b', 'a\u001b']) warn(warning)
    expect(terminal.told()).toBe('frazil: warning: a\\x1b\nfrazil: warning: b\n')
    expect(terminal.printed()).toBe('')
  })

  it('tells what is odd about a table, and not what goes as it should', () => {
    const terminal = recordedTerminal()
    const listen = eventPrinter(terminal)
    listen({ kind: 'commit-attempted', table: 't', attempt: 1 })
    listen({ kind: 'warning', message: 'version hint leads nowhere', context: { hint: 3 } })
    expect(terminal.told()).toBe('frazil: warning: version hint leads nowhere (hint=3)\n')
  })

  it('does not wait for a reader that is gone', async () => {
    const stop = new AbortController()
    const out = new Writable({ highWaterMark: 1, write: () => stop.abort(new Error('gone')) })
    const terminal = { ...recordedTerminal(), out, signal: stop.signal }
    await expect(printLine(terminal, 'x')).rejects.toThrow('aborted')
  })
})
