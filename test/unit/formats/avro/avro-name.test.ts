import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { avroName } from '../../../../src/formats/avro/avro-name.ts'
import { anyString } from '../../../support/arbitraries/values.ts'
import { runs } from '../../../support/runs.ts'

describe('names in Avro schemas', () => {
  it.each([
    ['city', 'city'],
    ['_id9', '_id9'],
    ['9lives', '_9lives'],
    ['a.b', 'a_x2Eb'],
    ['a b', 'a_x20b'],
    ['Straße', 'Stra_xDFe'],
    ['🧊', '_xD83E_xDDCA'],
  ])('spells %s as %s', (name, spelled) => {
    expect(avroName(name)).toBe(spelled)
  })

  it('always gives a name that Avro allows', () => {
    fc.assert(
      fc.property(
        anyString.filter((name) => name !== ''),
        (name) => {
          expect(avroName(name)).toMatch(/^[A-Za-z_][A-Za-z0-9_]*$/)
        },
      ),
      runs(200),
    )
  })
})
