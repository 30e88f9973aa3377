import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { openDatabase } from '../../support/duckdb.ts'
import { temporaryFolder } from '../../support/folders.ts'

describe('a database', () => {
  it('opens the files that it is told of and no others', async () => {
    const folder = temporaryFolder()
    const [known, other] = [`${folder}/a.csv`, `${folder}/b.csv`]
    for (const path of [known, other]) writeFileSync(path, 'x\n1\n')
    const database = await openDatabase({ readable: [known] })
    expect(await database.run(`SELECT count(*) FROM read_csv('${known}')`)).toEqual([[1n]])
    for (const path of [other, `${folder}/../${folder.split('/').at(-1)}/b.csv`, '/etc/hostname']) {
      await expect(database.run(`SELECT * FROM read_csv('${path}')`)).rejects.toThrow()
      await expect(database.run(`SELECT * FROM read_text('${path}')`)).rejects.toThrow()
    }
  })

  it('writes in its folder and nowhere else', async () => {
    const [folder, other] = [temporaryFolder(), temporaryFolder()]
    const database = await openDatabase({ writable: folder })
    await database.run(`COPY (SELECT 1 AS x) TO '${folder}/x.parquet' (FORMAT parquet)`)
    expect(existsSync(`${folder}/x.parquet`)).toBe(true)
    for (const path of [`${other}/x.parquet`, `${folder}/../x.parquet`]) {
      const copy = `COPY (SELECT 1 AS x) TO '${path}' (FORMAT parquet)`
      await expect(database.run(copy)).rejects.toThrow()
      expect(existsSync(path)).toBe(false)
    }
  })

  it('lets no statement change what it may do', async () => {
    const database = await openDatabase()
    for (const statement of [
      'SET enable_external_access = true',
      `SET allowed_directories = ['/']`,
      'SET lock_configuration = false',
      `ATTACH '/tmp/other.db'`,
      `INSTALL httpfs`,
    ]) {
      await expect(database.run(statement)).rejects.toThrow()
    }
  })

  it('says what failed without values', async () => {
    const database = await openDatabase()
    await expect(database.run(`SELECT CAST('secret' AS INTEGER)`)).rejects.toMatchObject({
      kind: 'corrupt',
      context: { detail: expect.not.stringContaining('secret') },
    })
    await expect(database.run('SELECT no_such_column')).rejects.toMatchObject({ kind: 'internal' })
  })

  it('ends what it is at work on when a signal aborts, and serves on', async () => {
    const database = await openDatabase()
    const stop = new AbortController()
    const long = database.run(
      'SELECT sum(a.range * b.range) FROM range(1000000) a, range(1000000) b',
      stop.signal,
    )
    const reason = new Error('enough')
    setTimeout(() => stop.abort(reason), 50)
    await expect(long).rejects.toBe(reason)
    expect(await database.run('SELECT 1 + 1')).toEqual([[2]])
  })

  it('lets go when its process ends, which says by its code how', async () => {
    const child = fileURLToPath(
      new URL('../../support/children/exit-under-copy.mjs', import.meta.url),
    )
    const dist = fileURLToPath(new URL('../../../dist', import.meta.url))
    const { status } = spawnSync(process.execPath, [child, dist], { timeout: 30_000 })
    expect(status).toBe(7)
  })
})
