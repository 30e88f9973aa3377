import { describe, expect, it } from 'vitest'
import { describeNewTable } from '../../../src/client/new-table.ts'
import { schemaEvolution } from '../../../src/client/table-change.ts'
import { unsortedOrder } from '../../../src/layout/sort-order.ts'
import { newTableMetadata } from '../../../src/metadata/table-metadata.ts'
import { schema, t } from '../../../src/types/define.ts'
import {
  NAME_MAPPING_PROPERTY,
  formatNameMapping,
  nameMappingOf,
} from '../../../src/types/name-mapping.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { TEST_TIME_MS } from '../../support/fixed-environment.ts'
import { newTable } from '../../support/new-table.ts'
import { thrownBy } from '../../support/thrown.ts'

describe('a change of the columns', () => {
  it('gives their new names to files without field ids, where the table has names for those', () => {
    const plain = newTable('memory:/t')
    const text = formatNameMapping(nameMappingOf(parseSchemaText('id long, city string')))
    const mapped = newTable('memory:/t', { [NAME_MAPPING_PROPERTY]: text })
    const [evolved, alone] = [mapped, plain].map((metadata) =>
      schemaEvolution(metadata, (change) =>
        change.rename('city', 'town').add('tip', t.int().optional()),
      ),
    )
    expect(alone?.updates.map(({ action }) => action)).toEqual(['add-schema', 'set-current-schema'])
    expect(evolved?.updates.at(-1)).toEqual({
      action: 'set-properties',
      updates: new Map([
        [
          NAME_MAPPING_PROPERTY,
          '[{"field-id":1,"names":["id"]},{"field-id":2,"names":["city","town"]},' +
            '{"field-id":3,"names":["tip"]}]',
        ],
      ]),
    })
  })

  it('leaves the source of a partition a date', () => {
    const fields = [
      { sourceId: 1, fieldId: 1000, name: 'day', transform: { kind: 'identity' } },
    ] as const
    const table = newTableMetadata({
      uuid: 'f79c3e09-677c-4bbd-a479-3f349cb785e7',
      location: 'memory:/t',
      formatVersion: 3,
      schema: parseSchemaText('day date, other date'),
      spec: { specId: 0, fields },
      sortOrder: unsortedOrder,
      properties: new Map(),
      nowMs: TEST_TIME_MS,
    })
    const widen = (column: string): unknown =>
      schemaEvolution(table, (change) => change.widen(column, t.timestamp()))
    expect(thrownBy(() => widen('day')).problems.map(({ path }) => path)).toEqual(['day'])
    expect(() => widen('other')).not.toThrow()
  })

  it('does not drop what files to come are grouped or sorted by, and says what to do', () => {
    const table = describeNewTable(
      {
        schema: schema({ id: t.long(), ts: t.timestamp(), place: t.struct({ city: t.string() }) }),
        partitionBy: ['day(ts)', 'place.city'],
        sortBy: ['bucket(4, id) desc', 'ts'],
      },
      { uuid: 'f79c3e09-677c-4bbd-a479-3f349cb785e7', location: 'memory:/t', nowMs: TEST_TIME_MS },
    )
    const drop = (column: string): unknown =>
      schemaEvolution(table, (change) => change.drop(column))
    expect(thrownBy(() => drop('place')).problems).toEqual([
      { path: 'place.city', message: 'is a source of partition place.city: drop that first' },
    ])
    expect(thrownBy(() => drop('ts')).problems).toEqual([
      { path: 'ts', message: 'is a source of partition ts_day: drop that first' },
      { path: 'ts', message: 'is in the sort order: replace that first' },
    ])
    expect(thrownBy(() => drop('id')).problems).toEqual([
      { path: 'id', message: 'is in the sort order: replace that first' },
    ])
  })

  it('drops what the table has ceased to be grouped by, and what only a void field names', () => {
    const fields = [
      { sourceId: 1, fieldId: 1000, name: 'gone', transform: { kind: 'void' } },
    ] as const
    const table = newTable('memory:/t')
    const [spec] = table.specs
    if (spec === undefined) throw new Error('no spec')
    const voided = { ...table, specs: [{ ...spec, fields }] }
    expect(() => schemaEvolution(voided, (change) => change.drop('id'))).not.toThrow()
  })
})
