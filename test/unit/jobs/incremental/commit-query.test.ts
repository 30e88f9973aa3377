import { describe, expect, it } from 'vitest'

import { checkConjuncts, commitQuery } from '../../../../src/jobs/incremental/commit-query.ts'
import { commitBounds } from '../../../../src/jobs/incremental/commit-range.ts'
import { bindHoles } from '../../../../src/jobs/sql/holes.ts'
import { parseSchemaText } from '../../../../src/types/schema-text.ts'
import { engineForTests } from '../../../support/sql/engine.ts'

const engine = engineForTests()

const schema = parseSchemaText('id long, _commit_timestamp timestamptz, _commit_snapshot_id long')

const TIMES = new Map([
  ['a', '2026-01-01 00:00:00'],
  ['b', '2026-01-02 00:00:00.0005'],
])

/** Milliseconds of 2026. */
const [FIRST, SECOND] = [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)]

function boundsOf(where: string, values: ReadonlyMap<string, string> = TIMES): unknown {
  const query = commitQuery(`select * from c where ${where}`)
  return query === null ? null : commitBounds(query.comparisons, values)
}

describe('a window of commits', () => {
  it.each([
    ["_commit_timestamp > '$|a|' and _commit_timestamp <= '$|b|'", FIRST, SECOND],
    [
      "c._commit_timestamp >= '$|a|' and c.`_commit_timestamp` < to_timestamp('$|b|')",
      FIRST - 1,
      SECOND,
    ],
    [
      "timestamp '$|b|' > _COMMIT_TIMESTAMP and cast('$|a|' as timestamp) < _commit_timestamp",
      FIRST,
      SECOND,
    ],
    ["_commit_timestamp between '$|a|' and '$|b|'", FIRST - 1, SECOND],
  ])('is found in %s', (where, since, until) => {
    expect(boundsOf(where)).toEqual({
      since: { kind: 'time', timestampMs: since },
      until: { kind: 'time', timestampMs: until },
    })
  })

  it('may be of snapshots', () => {
    const values = new Map([
      ['a', '9223372036854775806'],
      ['b', '5'],
    ])
    expect(boundsOf('_commit_snapshot_id > $|a| and _commit_snapshot_id <= $|b|', values)).toEqual({
      since: { kind: 'snapshot', snapshotId: 9_223_372_036_854_775_806n },
      until: { kind: 'snapshot', snapshotId: 5n },
    })
  })

  it('is none in a query that says nothing of commits', () => {
    expect(boundsOf("id > '$|a|' -- _commit_timestamp")).toBeNull()
    expect(boundsOf("id > '_commit_timestamp'")).toBeNull()
  })

  it.each([
    ["_commit_timestamp = '$|a|'"],
    ["_commit_snapshot_id >= '$|a|'"],
    ["_commit_timestamp > '$|a|' and _commit_timestamp > '$|b|'"],
  ])('is no range in %s', (where) => {
    expect(() => boundsOf(where)).toThrow(expect.objectContaining({ kind: 'invalid' }))
  })

  it.each([
    ["_commit_timestamp > '$|a|' and id > 3 and (_commit_timestamp <= '$|b|')", true],
    ["_commit_timestamp > '$|a|' or id > 3", false],
    ["not _commit_timestamp > '$|a|'", false],
    ["id > 3 and (_commit_timestamp > '$|a|' or id > 5)", false],
  ])('holds for all rows of %s: %s', async (where, holds) => {
    const query = commitQuery(`select * from c where ${where}`)
    if (query === null) throw new Error('there is one')
    const tree = await engine.parse(bindHoles(query.sql, TIMES), new Map([['c', schema]]))
    if (holds) expect(() => checkConjuncts(tree, query)).not.toThrow()
    else expect(() => checkConjuncts(tree, query)).toThrow(/must hold for all rows/)
  })

  it('tells whether the columns are named elsewhere', () => {
    const where = "from c where _commit_timestamp > '$|a|'"
    expect(commitQuery(`select * ${where}`)?.usesColumns).toBe(false)
    expect(commitQuery(`select id, _commit_timestamp ${where}`)?.usesColumns).toBe(true)
  })
})
