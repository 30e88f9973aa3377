import { describe, expect, it } from 'vitest'

import { failureOf } from '../../../src/duckdb/failure.ts'

describe('what DuckDB says of a failure', () => {
  it.each([
    ['{"exception_type":"Out of Memory","exception_message":"failed to pin 2.0 MiB"}', 'limit'],
    ['Out of Memory Error: failed to allocate data of size 23.0 MiB\n\nPossible ...', 'limit'],
    ['{"exception_type":"IO","exception_message":"no space"}', 'unavailable'],
    ['IO Error: no space', 'unavailable'],
    ['Invalid Input Error: no magic bytes', 'corrupt'],
    ['something else', 'internal'],
  ])('is an error of a kind, told as JSON or as text: %s', (text, kind) => {
    expect(failureOf(text)).toMatchObject({ kind })
  })

  it('tells no value', () => {
    const { context } = failureOf('Conversion Error: could not convert "secret" at 4711')
    expect(context).toEqual({ detail: 'could not convert … at …' })
  })
})
