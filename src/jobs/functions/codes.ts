// Functions that encode, decode and hash one column.
import { quoteName, quoteText } from '../sql/quotes.ts'
import { defineFunction } from './define.ts'
import type { JobFunction } from './define.ts'
import { DIGESTS, ENCODINGS } from './encodings.ts'
import { hexOf } from './texts.ts'
import type { Fields } from '../yaml/fields.ts'
import { columnOf, columnOfKind, withColumn } from './view.ts'

const ENCODING_KEYS = ['column', 'asColumn', 'algo']

export const encode: JobFunction = defineFunction('encode', {
  keys: ENCODING_KEYS,
  read: readEncoding,
  toQuery({ column, asColumn, algo }, view) {
    const expression = `frazil_encode(${quoteText(algo)}, ${hexOf(view, column)})`
    return withColumn(view, { name: asColumn, expression })
  },
})

/** The bytes must be text. */
export const decode: JobFunction = defineFunction('decode', {
  keys: ENCODING_KEYS,
  read: readEncoding,
  toQuery({ column, asColumn, algo }, view) {
    const { name } = columnOfKind(view, column, ['string'])
    const expression = `frazil_decode(${quoteText(algo)}, ${quoteName(name)})`
    return withColumn(view, { name: asColumn, expression })
  },
})

/** The digest in hexadecimal digits takes the place of the value. */
export const hash: JobFunction = defineFunction('hash', {
  keys: ['column', 'algo'],
  read: (fields) => ({
    column: fields.text('column'),
    algo: fields.require('algo') ? fields.choice('algo', DIGESTS) : null,
  }),
  toQuery({ column, algo }, view) {
    const { name } = columnOf(view, column)
    const expression = `frazil_digest(${quoteText(algo ?? '')}, ${hexOf(view, column)})`
    return withColumn(view, { name, expression })
  },
})

function readEncoding(fields: Fields): {
  readonly column: string
  readonly asColumn: string
  readonly algo: string
} {
  return {
    column: fields.text('column'),
    asColumn: fields.text('asColumn'),
    algo: fields.require('algo') ? (fields.word('algo', ENCODINGS) ?? '') : '',
  }
}
