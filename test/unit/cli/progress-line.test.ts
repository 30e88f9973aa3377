import { describe, expect, it } from 'vitest'

import { progressLine } from '../../../src/cli/progress-line.ts'
import { recordedTerminal } from '../../support/terminal.ts'

const ERASE = '\r\u001b[K'

describe('a line of progress', () => {
  it('is written anew for people, and taken away once', () => {
    const terminal = recordedTerminal({ isTTY: true })
    const line = progressLine(terminal)
    line.show('1 file')
    line.show('2 files')
    line.clear()
    line.clear()
    expect(terminal.told()).toBe(`${ERASE}1 file${ERASE}2 files${ERASE}`)
    expect(terminal.printed()).toBe('')
  })

  it('is not there for programs', () => {
    const terminal = recordedTerminal()
    const line = progressLine(terminal)
    line.show('1 file')
    line.clear()
    expect(terminal.told()).toBe('')
  })
})
