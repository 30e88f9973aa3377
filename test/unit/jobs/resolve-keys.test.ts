import fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { IcebergError } from '../../../src/base/errors.ts'
import { resolveKeys } from '../../../src/jobs/resolve-keys.ts'
import type { IncrementalKey } from '../../../src/jobs/workflow/model.ts'
import { runs } from '../../support/runs.ts'

const PLACE = { path: 'key' }

function bySql(name: string, sql: string): IncrementalKey {
  return { name, sql, default: null, place: PLACE, sqlPlace: { path: `${name}.sql` } }
}

function byDefault(name: string, text: string): IncrementalKey {
  return { name, sql: null, default: text, place: PLACE, sqlPlace: PLACE }
}

/** Resolves with an engine that answers with the query it was asked, in angle brackets. */
async function resolved(
  keys: readonly IncrementalKey[],
  stored: Readonly<Record<string, string>> = {},
): Promise<unknown> {
  const values = await resolveKeys(keys, new Map(Object.entries(stored)), async (sql) => `<${sql}>`)
  return Object.fromEntries(values)
}

describe('resolveKeys', () => {
  it('computes each key from those before it', async () => {
    const keys = [bySql('start', 'select 1'), bySql('end', "select '$|start|' + 1")]
    expect(await resolved(keys)).toEqual({ start: '<select 1>', end: "<select '<select 1>' + 1>" })
  })

  it('takes what is stored before it computes', async () => {
    const keys = [bySql('start', 'select 1'), bySql('end', "select '$|start|' + 1")]
    expect(await resolved(keys, { start: '7' })).toEqual({ start: '7', end: "<select '7' + 1>" })
  })

  it('takes the default where nothing is stored', async () => {
    const keys = [byDefault('start', '2021-03-01'), bySql('end', "select '$|start|'")]
    expect(await resolved(keys)).toEqual({ start: '2021-03-01', end: "<select '2021-03-01'>" })
    expect(await resolved(keys, { start: '' })).toEqual({ start: '', end: "<select ''>" })
  })

  it('passes over what is stored for no key', async () => {
    expect(await resolved([byDefault('a', '1')], { b: '2' })).toEqual({ a: '1' })
  })

  it('asks one question after the other', async () => {
    const asked: string[] = []
    let open = 0
    const keys = ['a', 'b', 'c'].map((name) => bySql(name, `select ${name}`))
    await resolveKeys(keys, new Map(), async (sql) => {
      open += 1
      expect(open).toBe(1)
      asked.push(sql)
      await Promise.resolve()
      open -= 1
      return ''
    })
    expect(asked).toEqual(['select a', 'select b', 'select c'])
  })

  it('says which key could not be computed', async () => {
    const failing = resolveKeys([bySql('start', 'select null')], new Map(), async () => {
      throw new IcebergError('invalid', 'a key must not be null')
    })
    await expect(failing).rejects.toMatchObject({
      kind: 'invalid',
      context: { key: 'start', path: 'start.sql' },
    })
  })

  it('never lets a value become part of a query, only of a literal', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (value) => {
        fc.pre(!value.includes('\0'))
        const keys = [byDefault('a', value), bySql('b', "select '$|a|'")]
        const { b } = (await resolved(keys)) as { readonly b: string }
        const quoted = value.replaceAll('\\', '\\\\').replaceAll("'", "''")
        expect(b).toBe(`<select '${quoted}'>`)
      }),
      runs(200),
    )
  })
})
