import { describe, expect, it } from 'vitest'

import { checkExpected, formsOf } from '../../../src/client/expected-schema.ts'
import { schema, t } from '../../../src/types/define.ts'
import type { Schema } from '../../../src/types/schema.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { newRides } from '../../support/rides.ts'
import type { Rides } from '../../support/rides.ts'

async function problemsOf(expected: Schema): Promise<unknown> {
  const rides: Rides = await newRides()
  try {
    checkExpected(rides.state, expected)
    return []
  } catch (error) {
    expect(error).toMatchObject({ kind: 'invalid' })
    return (error as { problems: unknown }).problems
  }
}

describe('the columns that a program expects', () => {
  it('may be some of the table’s, in another order', async () => {
    const expected = schema({ fare: t.double().optional(), id: t.long() })
    expect(await problemsOf(expected)).toEqual([])
  })

  it('may be optional where the table requires them', async () => {
    expect(await problemsOf(schema({ id: t.long().optional() }))).toEqual([])
  })

  it('may be part of a struct', async () => {
    const part = schema({ driver: t.struct({ name: t.string() }).optional() })
    expect(await problemsOf(part)).toEqual([])
  })

  it('are told all at once where they differ', async () => {
    const expected = schema({
      id: t.int(),
      city: t.string(),
      town: t.string(),
      driver: t.struct({ name: t.string(), rating: t.float().optional() }).optional(),
      fare: t.list(t.double()).optional(),
    })
    expect(await problemsOf(expected)).toEqual([
      { path: 'id', message: 'is long in the table, not int' },
      { path: 'city', message: 'is optional in the table' },
      { path: 'town', message: 'the table has no such column' },
      { path: 'driver.rating', message: 'is double in the table, not float' },
      { path: 'fare', message: 'is double in the table, not list' },
    ])
  })

  it('have forms by the ids of the table, if the program says which', async () => {
    const expected = schema({ ts: t.timestamptz({ as: 'micros' }).optional() })
    const rides = await newRides()
    const ts = rides.schema.fields.find(({ name }) => name === 'ts')
    expect([...formsOf(expected, rides.schema)]).toEqual([[ts?.id, 'micros']])
    expect(formsOf(parseSchemaText('ts timestamptz'), rides.schema).size).toBe(0)
  })
})
