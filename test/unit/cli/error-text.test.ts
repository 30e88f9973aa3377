import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { errorText, problemText } from '../../../src/cli/error-text.ts'

describe('the text of an error', () => {
  it('is the message with its facts, every problem and every cause', () => {
    const cause = new IcebergError('corrupt', 'text is not JSON', {
      context: { offset: 7 },
      cause: new Error('unexpected end'),
    })
    const error = new IcebergError('invalid', 'the file has faults', {
      context: { file: 'a.yaml', id: 9007199254740993n },
      problems: [
        { path: 'dag[0].name', line: 3, column: 5, message: 'must be text' },
        { path: 'dag[1]', line: 4, message: 'is empty' },
        { path: 'type', message: 'is missing' },
      ],
      cause,
    })
    expect(errorText(error).split('\n')).toEqual([
      'frazil: the file has faults (file=a.yaml, id=9007199254740993)',
      '  line 3, column 5: dag[0].name: must be text',
      '  line 4: dag[1]: is empty',
      '  type: is missing',
      '  because: text is not JSON (offset=7)',
      '  because: unexpected end',
    ])
  })

  it('is one line for a bug, without its stack', () => {
    expect(errorText(new TypeError('x is not a function'))).toBe(
      'frazil: internal error: TypeError: x is not a function',
    )
    expect(errorText('thrown')).toBe('frazil: internal error: thrown')
  })

  it('has no sign that a terminal obeys', () => {
    const error = new IcebergError('not-found', 'no table', {
      context: { name: 'a\u001b[2Jb\nc\u009bd' },
    })
    expect(errorText(error)).toBe(String.raw`frazil: no table (name=a\x1b[2Jb\x0ac\x9bd)`)
  })
})

describe('the text of a problem', () => {
  it('leaves out what is not known', () => {
    expect(problemText({ path: 'a', message: 'b', column: 3 })).toBe('a: b')
  })
})
