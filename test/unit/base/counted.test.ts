import { expect, it } from 'vitest'

import { counted } from '../../../src/base/counted.ts'

it('says one of a kind, and several', () => {
  expect([0, 1, 2].map((count) => counted(count, 'file'))).toEqual(['0 files', '1 file', '2 files'])
  expect([0n, 1n, 2n].map((count) => counted(count, 'row'))).toEqual(['0 rows', '1 row', '2 rows'])
})
