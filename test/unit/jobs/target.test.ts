import { describe, expect, it } from 'vitest'

import { openWarehouse } from '../../../src/client/warehouse.ts'
import type { TablePlace } from '../../../src/jobs/lake.ts'
import {
  changedProperties,
  checkTarget,
  createTarget,
  findTarget,
  sortTerms,
} from '../../../src/jobs/target.ts'
import type { TableOutput } from '../../../src/jobs/workflow/model.ts'
import { parseSchemaText } from '../../../src/types/schema-text.ts'
import { edited, flareJobOf } from '../../support/jobs/workflow-file.ts'

const schema = parseSchemaText('id long not null, arrived timestamp, port struct<name string>')

type Edit = readonly [from: string, to: string]

function outputOf(...edits: readonly Edit[]): TableOutput {
  const [output] = flareJobOf(edited(...edits)).outputs
  if (output?.kind !== 'table') throw new Error('no table is written')
  return output
}

async function place(): Promise<TablePlace> {
  return { warehouse: await openWarehouse('memory:'), name: 'ports.calls' }
}

const PARTITION_ITEM = `                    - type: day
                      column: arrived
                      name: arrival_day
`

describe('the table that a job writes to', () => {
  it('is null before it is there', async () => {
    expect(await findTarget(await place())).toBeNull()
  })

  it('is made as the output says', async () => {
    const where = await place()
    const table = await createTarget(where, outputOf(), schema)
    expect(table.schema.fields.map(({ name, required }) => [name, required])).toEqual([
      ['id', true],
      ['arrived', false],
      ['port', false],
    ])
    expect(table.spec.fields).toMatchObject([{ name: 'arrival_day', transform: { kind: 'day' } }])
    expect(Object.fromEntries(table.properties)).toMatchObject({
      'write.format.default': 'parquet',
      'write.metadata.compression-codec': 'gzip',
      comment: 'Calls at ports by day',
    })
    expect(table.properties.has('overwrite-mode')).toBe(false)
    expect((await findTarget(where))?.metadata.tableUuid).toBe(table.metadata.tableUuid)
  })

  it('is not partitioned when the file does not say how', async () => {
    const output = outputOf([`                  partitionSpec:\n${PARTITION_ITEM}`, ''])
    const table = await createTarget(await place(), output, schema)
    expect(table.spec.fields).toEqual([])
  })

  it('is laid out by buckets and by what texts begin with', async () => {
    const item = (fields: string): string => `                    - {${fields}}\n`
    const items = [
      item('type: bucket, column: id, numBuckets: 16'),
      item('type: truncate, column: port.name, width: 2, name: shore'),
    ]
    const output = outputOf([PARTITION_ITEM, items.join('')])
    const table = await createTarget(await place(), output, schema)
    expect(table.spec.fields).toMatchObject([
      { name: 'id_bucket', transform: { kind: 'bucket', numBuckets: 16 } },
      { name: 'shore', transform: { kind: 'truncate', width: 2 } },
    ])
    expect(() => checkTarget(table, output)).not.toThrow()
    const edits: Edit = [PARTITION_ITEM, items.join('').replace('numBuckets: 16', 'numBuckets: 8')]
    expect(() => checkTarget(table, outputOf(edits))).toThrow(
      expect.objectContaining({ kind: 'unsupported' }),
    )
  })

  it('is made by whoever comes first, if they mean the same', async () => {
    const where = await place()
    const first = await createTarget(where, outputOf(), schema)
    const second = await createTarget(where, outputOf(), schema)
    expect(second.metadata.tableUuid).toBe(first.metadata.tableUuid)
    await expect(
      createTarget(where, outputOf(['name: arrival_day', 'name: other']), schema),
    ).rejects.toMatchObject({ kind: 'unsupported' })
  })
})

describe('the partitions that a file declares', () => {
  it.each<[string, readonly Edit[]]>([
    ['as the table has them', []],
    ['not at all', [[`                  partitionSpec:\n${PARTITION_ITEM}`, '']]],
  ])('may be %s', async (_, edits) => {
    const table = await createTarget(await place(), outputOf(), schema)
    expect(() => checkTarget(table, outputOf(...edits))).not.toThrow()
  })

  it.each<[string, Edit]>([
    ['of another name', ['name: arrival_day', 'name: day']],
    ['of another transform', ['type: day', 'type: month']],
    ['of another column', ['column: arrived', 'column: port.name']],
    [
      'more than the table has',
      [
        PARTITION_ITEM,
        `${PARTITION_ITEM}                    - {type: identity, column: id, name: id_part}\n`,
      ],
    ],
  ])('may not be %s', async (_, edit) => {
    const table = await createTarget(await place(), outputOf(), schema)
    expect(() => checkTarget(table, outputOf(edit))).toThrow(
      expect.objectContaining({
        kind: 'unsupported',
        context: expect.objectContaining({ table: 'ports.calls' }),
      }),
    )
  })
})

describe('properties and order', () => {
  it('are those that the table has otherwise', async () => {
    const table = await createTarget(await place(), outputOf(), schema)
    expect(changedProperties(table, outputOf())).toEqual({})
    expect(
      changedProperties(table, outputOf(['compression-codec: gzip', 'compression-codec: none'])),
    ).toEqual({
      'write.metadata.compression-codec': 'none',
    })
  })

  it('are terms for the writer, null to leave the rows as they come', () => {
    expect(sortTerms(outputOf())).toEqual([
      {
        column: ['arrived'],
        transform: { kind: 'identity' },
        direction: 'desc',
        nullOrder: 'nulls-last',
      },
    ])
    expect(sortTerms({ ...outputOf(), sort: null })).toBeNull()
  })
})
