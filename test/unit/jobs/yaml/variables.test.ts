import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../../src/base/errors.ts'
import type { YamlScalar } from '../../../../src/jobs/yaml/document.ts'
import { Faults } from '../../../../src/jobs/yaml/faults.ts'
import { expandVariables } from '../../../../src/jobs/yaml/variables.ts'
import type { Variables } from '../../../../src/jobs/yaml/variables.ts'
import { runs } from '../../../support/runs.ts'

const PLACE = { path: 'a', line: 1, column: 1 }

function scalar(value: YamlScalar['value']): YamlScalar {
  return { kind: 'scalar', place: PLACE, value, source: String(value) }
}

/** The value, or the message of the first fault. */
function expanded(text: string, variables: Variables): unknown {
  const faults = new Faults()
  const value = expandVariables(scalar(text), variables, faults)
  try {
    faults.throwIfAny('faults')
  } catch (error) {
    if (!(error instanceof IcebergError)) throw error
    return { fault: error.problems[0]?.message }
  }
  return value.kind === 'scalar' ? value.value : value
}

describe('expandVariables', () => {
  it.each([
    ['${A}', { A: 'x' }, 'x'],
    ['<${A}-${B}>', { A: 'x', B: 'y' }, '<x-y>'],
    ['${A}', { A: '' }, ''],
    ['${A:-d}', { A: 'x' }, 'x'],
    ['${A:-d}', {}, 'd'],
    ['${A:-d}', { A: '' }, 'd'],
    ['${A:-}', {}, ''],
    ['${A:-a:-b}', {}, 'a:-b'],
    ['$A {A} $', { A: 'x' }, '$A {A} $'],
    ['${A}', { A: '${B}', B: 'y' }, '${B}'],
    ['${A}', { A: 'true' }, true],
    ['${A:-false}', {}, false],
    ['is ${A}', { A: 'true' }, 'is true'],
    ['${A}', { A: '1' }, '1'],
  ])('of %j with %j is %j', (text, variables, expected) => {
    expect(expanded(text, variables)).toBe(expected)
  })

  it('refuses a variable that is not there', () => {
    expect(expanded('${A}', {})).toEqual({ fault: 'the environment has no variable A' })
  })

  it('does not take what every object has for a variable', () => {
    expect(expanded('${toString}', {})).toEqual({
      fault: 'the environment has no variable toString',
    })
  })

  it.each(['${', '${}', '${A', '${A:d}', '${1}', '${A B}', '${A:-d'])('refuses %j', (text) => {
    expect(expanded(text, { A: 'x' })).toEqual({
      fault: 'a variable is written as ${NAME} or ${NAME:-default}',
    })
  })

  it('looks into lists and mappings, and leaves names and other values alone', () => {
    const tree = {
      kind: 'map',
      place: PLACE,
      entries: [
        {
          name: '${A}',
          place: PLACE,
          value: { kind: 'list', place: PLACE, items: [scalar('${A}')] },
        },
        { name: 'n', place: PLACE, value: scalar(1n) },
      ],
    } as const
    expect(expandVariables(tree, { A: 'x' }, new Faults())).toEqual({
      ...tree,
      entries: [
        {
          ...tree.entries[0],
          value: { kind: 'list', place: PLACE, items: [{ ...scalar('x'), source: 'x' }] },
        },
        tree.entries[1],
      ],
    })
  })

  it('always puts a value in as it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(expanded('<${A}>', { A: value })).toBe(`<${value}>`)
      }),
      runs(200),
    )
  })
})
