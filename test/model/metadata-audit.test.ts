/** The audit of stored metadata, which is to notice what it is for. */
import { describe, expect, it } from 'vitest'

import { metadataFaults } from '../support/metadata-audit.ts'
import { newRides } from '../support/rides.ts'
import type { Rides } from '../support/rides.ts'

async function ridesWithHistory(): Promise<Rides> {
  const rides = await newRides({ formatVersion: 3, partitionBy: ['city'], sortBy: ['id'] })
  await rides.append([{ id: 1, city: 'Oslo' }])
  await rides.append([{ id: 2, city: 'Oslo' }])
  await rides.transaction((tx) => tx.updateRefs((refs) => refs.createTag('march')))
  return rides
}

async function storedText({ state, metadataLocation }: Rides): Promise<string> {
  return new TextDecoder().decode(await state.services.store.get(metadataLocation))
}

/** What makes a rule fail: a text of the metadata, and what stands there instead. */
const damages: readonly (readonly [fault: string, text: RegExp, instead: string])[] = [
  ['the version is known', /"format-version":3/, '"format-version":4'],
  ['the table has a uuid', /"table-uuid":"[^"]*"/, '"table-uuid":"none"'],
  ['the current schema is there', /"current-schema-id":0/, '"current-schema-id":4711'],
  ['the default spec is there', /"default-spec-id":0/, '"default-spec-id":4711'],
  ['the default sort order is there', /"default-sort-order-id":1/, '"default-sort-order-id":4711'],
  ['ids of schemas are unique', /"schemas":\[(.*?)\],"current/, '"schemas":[$1,$1],"current'],
  ['ids of specs are unique', /"partition-specs":\[(.*?\]\})\]/, '"partition-specs":[$1,$1]'],
  ['ids of orders are unique', /"sort-orders":\[(.*?\]\})\]/, '"sort-orders":[$1,$1]'],
  [
    'ids of snapshots are unique',
    /"snapshots":\[(\{.*?\})(,\{"snapshot-id")/,
    '"snapshots":[$1,$1$2',
  ],
  ['the last column id is that of no other', /"last-column-id":\d+/, '"last-column-id":6'],
  ['the last partition id is that of no other', /"last-partition-id":\d+/, '"last-partition-id":9'],
  ['snapshots have known schemas', /"schema-id":0(?=[^[]*"first-row-id"|\})/, '"schema-id":4711'],
  ['snapshots say what they did and where', /"operation":"append"/, '"operation":"added"'],
  [
    'sequence numbers strictly increase from version 2 on',
    /"sequence-number":2/,
    '"sequence-number":1',
  ],
  [
    'the last sequence number is none before that of the last snapshot',
    /"last-sequence-number":2/,
    '"last-sequence-number":1',
  ],
  ['refs lead to snapshots', /(?<="march":\{"snapshot-id":)\d+/, '4711'],
  [
    'the current snapshot is that of main',
    /"current-snapshot-id":\d+/,
    '"current-snapshot-id":4711',
  ],
  [
    'the log ends with the current snapshot',
    /(?<="snapshot-log":\[.*"snapshot-id":)\d+(?=\}\])/,
    '4711',
  ],
  ['the log of snapshots goes forward', /"last-updated-ms":\d+/, '"last-updated-ms":4711'],
  [
    'snapshots come after their parents',
    /"snapshot-id":4,/,
    '"snapshot-id":4,"parent-snapshot-id":7,',
  ],
  [
    'the log of metadata goes forward',
    /(?<="metadata-log":\[\{"timestamp-ms":)\d+/,
    '9999999999999',
  ],
  ['row ids are given once', /"next-row-id":\d+/, '"next-row-id":0'],
]

describe('the audit of stored metadata', () => {
  it('finds nothing in sound metadata', async () => {
    const text = await storedText(await ridesWithHistory())
    expect(metadataFaults(new TextEncoder().encode(text))).toEqual([])
  })

  it.each(damages)('finds whether %s', async (fault, text, instead) => {
    const sound = await storedText(await ridesWithHistory())
    const damaged = sound.replace(text, instead)
    expect(damaged).not.toBe(sound)
    expect(metadataFaults(new TextEncoder().encode(damaged))).toContain(fault)
  })
})
