/**
 * Writers, a reader, a compactor, an expirer, a remover of orphans and a grouper of manifests work on one table at once, and are
 * killed at random. `FRAZIL_TOGETHER_SECONDS` says how long.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { expect, it, onTestFinished } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'
import { openWarehouse } from '../../src/client/warehouse.ts'
import { examine } from '../../src/maintenance/doctor.ts'
import { schema, t } from '../../src/types/define.ts'
import { PATIENT, sizeFromEnvironment } from '../support/commit-writers.ts'
import { temporaryFolder } from '../support/folders.ts'

const SECONDS = sizeFromEnvironment('FRAZIL_TOGETHER_SECONDS', 15)
const PROGRAM = fileURLToPath(
  new URL('../support/children/maintenance-worker.mjs', import.meta.url),
)
const TABLE = 'city.rides'
const ROLES = ['write', 'write', 'read', 'compact', 'expire', 'orphans', 'manifests'] as const
/** How long a process lives on average, before it is killed. */
const LIFE_MS = 4_000
const PATIENCE_MS = 60_000

/** What became of each id, as the processes said it. */
interface Ledger {
  readonly begun: Set<number>
  readonly landed: Set<number>
  readonly deleteBegun: Set<number>
  readonly deleted: Set<number>
  /** Runs to their end, by role. */
  readonly done: Map<string, number>
  readonly passed: Map<string, number>
  kills: number
}

interface Line {
  readonly begun?: string
  readonly landed?: string
  readonly ids?: readonly number[]
  readonly done?: string
  readonly passed?: string
  readonly read?: readonly number[]
}

it(
  'keeps each row that landed exactly once, whoever maintains the table, however processes end',
  { timeout: 7_200_000 },
  async () => {
    const warehouse = join(temporaryFolder(), 'w')
    const opened = await openWarehouse(warehouse, { workers: 0 })
    const columns = schema({ id: t.long(), part: t.int() })
    await opened.createTable(TABLE, {
      schema: columns,
      partitionBy: ['part'],
      properties: PATIENT,
    })
    const ledger = emptyLedger()
    const untilMs = systemEnvironment.nowMs() + SECONDS * 1000
    let number = 0
    // On a busy machine a role may need longer to come to its end once.
    const isOver = (role: string): boolean =>
      systemEnvironment.nowMs() >= (ledger.done.has(role) ? untilMs : untilMs + PATIENCE_MS)
    const lane = async (role: string): Promise<void> => {
      while (!isOver(role)) {
        number += 1
        const lifeUntilMs = Math.max(untilMs, systemEnvironment.nowMs() + LIFE_MS)
        await liveAndEnd({ warehouse, table: TABLE, role, number }, ledger, lifeUntilMs)
      }
    }
    await Promise.all(ROLES.map(lane))
    console.log(tallyOf(ledger))

    const table = await opened.loadTable(TABLE, columns)
    const ids: number[] = []
    for await (const { id } of table.scan().select('id')) ids.push(Number(id))
    expect(new Set(ids).size).toBe(ids.length)
    const there = new Set(ids)
    const { begun, landed, deleteBegun, deleted } = ledger
    expect([...landed].filter((id) => !there.has(id) && !deleteBegun.has(id))).toEqual([])
    expect([...there].filter((id) => !begun.has(id) || deleted.has(id))).toEqual([])
    expect((await examine(table)).findings).toEqual([])
    for (const role of ROLES) expect(ledger.done.get(role)).toBeGreaterThan(0)
  },
)

function emptyLedger(): Ledger {
  return {
    begun: new Set(),
    landed: new Set(),
    deleteBegun: new Set(),
    deleted: new Set(),
    done: new Map(),
    passed: new Map(),
    kills: 0,
  }
}

/** A process that is killed after some time, or asked to end when all time is over. */
async function liveAndEnd(
  told: {
    readonly warehouse: string
    readonly role: string
    readonly table: string
    readonly number: number
  },
  ledger: Ledger,
  untilMs: number,
): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(told)])
  onTestFinished(() => void child.kill('SIGKILL'))
  let failure = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    failure += text
  })
  createInterface(child.stdout).on('line', (line) => note(ledger, JSON.parse(line) as Line))
  const closed = once(child, 'close')
  const lifeMs = systemEnvironment.random() * 2 * LIFE_MS
  const leftMs = untilMs - systemEnvironment.nowMs()
  await Promise.race([closed, systemEnvironment.sleep(Math.min(lifeMs, leftMs))])
  endChild(child, lifeMs < leftMs, ledger)
  const [code, signal] = (await closed) as [number | null, string | null]
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`${told.role} failed: ${failure}`)
}

function endChild(child: ChildProcess, isKilled: boolean, ledger: Ledger): void {
  if (child.exitCode !== null) return
  if (!isKilled) {
    child.stdin?.end()
    return
  }
  ledger.kills += 1
  child.kill('SIGKILL')
}

function note(ledger: Ledger, { begun, landed, ids = [], done, passed, read }: Line): void {
  const add = (set: Set<number>): void => ids.forEach((id) => set.add(id))
  if (begun !== undefined) add(begun === 'append' ? ledger.begun : ledger.deleteBegun)
  if (landed !== undefined) add(landed === 'append' ? ledger.landed : ledger.deleted)
  if (done !== undefined) ledger.done.set(done, (ledger.done.get(done) ?? 0) + 1)
  if (passed !== undefined) ledger.passed.set(passed, (ledger.passed.get(passed) ?? 0) + 1)
  if (read !== undefined) expect(new Set(read).size).toBe(read.length)
}

function tallyOf({ landed, deleted, done, passed, kills }: Ledger): unknown {
  return { landed: landed.size, deleted: deleted.size, kills, done, passed }
}
