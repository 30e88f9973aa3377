/**
 * A process that changes one table in every way that writers do, until it has made its commits, its input ends or it is
 * killed, and says so line by line: what it begins, and what became of it. Runs from `dist`, because Node 20 runs no
 * TypeScript. Started with JSON:
 *
 *   warehouse, storage   what a warehouse is opened with
 *   writer               its name, and `number`, which no other writer has
 *   commits              how many it makes at most
 *   actions              names of what it does, each as often as it is to be drawn
 *   properties           of the table, if it makes it
 *   failpoint            { at, signal, chance }: what it does to itself before or after it gives a version its name
 */
import { createHash, randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import promises from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'

const told = JSON.parse(process.argv[2])
const { warehouse: location, storage, writer, number, commits, actions, properties } = told
if (told.failpoint !== undefined) failAt(told.failpoint)

const { openWarehouse, schema, t } = await import('../../../dist/index.js')

const TABLE = 'city.rides'
const PARTS = 8
/** Snapshots that an expiry leaves, so that metadata does not grow with the number of commits. */
const KEPT_SNAPSHOTS = 100
const IDS_OF_A_WRITER = 1_000_000

const asked = new AbortController()
process.stdin.on('end', () => asked.abort()).resume()

let attempts = 0
let nextId = number * IDS_OF_A_WRITER
const ownColumns = []
const ownTags = []

const warehouse = await openWarehouse(location, {
  ...storage,
  workers: 0,
  onEvent: ({ kind }) => {
    if (kind === 'commit-attempted') attempts += 1
  },
})
let table = await opened()
say({ ready: true })

for (let made = 0; made < commits && !asked.signal.aborted;) {
  const effects = actionsNow()[drawn(actions)]()
  if (effects === null) continue
  if ((await perform(effects)) === 'ok') made += 1
}
process.stdin.destroy()

/** One write of a whole line: what the parent has read was true, however this process ends. */
function say(line) {
  writeSync(1, `${JSON.stringify(line)}\n`)
}

/** Microseconds of a clock that all processes of the machine share. */
function now() {
  return Number(process.hrtime.bigint() / 1000n)
}

/** Who loses the race to make the table may be told so before it is there, by a request that then fails: again. */
async function opened() {
  for (;;) {
    try {
      if (!(await warehouse.tableExists(TABLE))) await create()
      return await warehouse.loadTable(TABLE)
    } catch (error) {
      if (!isPassing(error) && error.kind !== 'not-found') throw error
    }
  }
}

/** All writers try to, and one does. */
async function create() {
  const id = randomUUID()
  const options = {
    schema: schema({ id: t.long(), part: t.int() }),
    partitionBy: ['part'],
    properties: { ...properties, signature: id },
  }
  await report(id, { base: null, effects: [{ kind: 'create' }] }, async () => {
    await warehouse.createTable(TABLE, options)
    return { outcome: 'ok', version: null }
  })
}

/** What can be done to the version in hand: changes, or null when there is nothing to do it to. */
function actionsNow() {
  return {
    append: () => [{ kind: 'append', rows: rowsIn(drawnPart(), drawnPart()) }],
    'replace-partitions': () => [
      { kind: 'replace-partitions', rows: rowsIn(drawnPart()), isolation: drawnIsolation() },
    ],
    overwrite: () => {
      const part = drawnPart()
      const below = Math.random() < 0.5 ? null : nextId + 1
      const rows = rowsIn(part)
      return [{ kind: 'overwrite', where: { part, below }, rows, isolation: drawnIsolation() }]
    },
    delete: () => [
      {
        kind: 'overwrite',
        where: { part: drawnPart(), below: Math.random() < 0.3 ? null : drawnBelow() },
        rows: [],
        isolation: drawnIsolation(),
      },
    ],
    'append-and-delete': () => [
      { kind: 'append', rows: rowsIn(drawnPart()) },
      {
        kind: 'overwrite',
        where: { part: drawnPart(), below: drawnBelow() },
        rows: [],
        isolation: 'serializable',
      },
      { kind: 'set-property', name: 'history.last', value: `${writer}.${nextId}` },
    ],
    property: () => [
      {
        kind: 'set-property',
        name: `history.${Math.floor(Math.random() * 5)}`,
        value: `${writer}.${nextId++}`,
      },
    ],
    'add-column': () => [{ kind: 'add-column', name: `${writer}_${nextId++}` }],
    'drop-column': () => of(ownColumns, (name) => ({ kind: 'drop-column', name })),
    tag: () => pointed(`${writer}-${nextId++}`),
    'drop-tag': () => of(ownTags, (ref) => ({ kind: 'point', ref, snapshot: null })),
    branch: () => pointed('audit'),
    'roll-back': () => {
      const former = ancestors().slice(1, 4)
      return former.length === 0 ? null : [{ kind: 'roll-back', snapshot: String(drawn(former)) }]
    },
    expire: () => [{ kind: 'expire' }],
    read: () => [],
  }
}

function drawn(list) {
  return list[Math.floor(Math.random() * list.length)]
}

function drawnPart() {
  return Math.floor(Math.random() * PARTS)
}

/** Between the rows of two writers, or within those of this one. */
function drawnBelow() {
  return Math.random() < 0.5 ? nextId - 3 : drawnPart() * 2 * IDS_OF_A_WRITER
}

function drawnIsolation() {
  return drawn(['serializable', 'serializable', 'snapshot', 'none'])
}

function rowsIn(...parts) {
  return parts.map((part) => [nextId++, part])
}

function of(list, effect) {
  return list.length === 0 ? null : [effect(list[0])]
}

function pointed(ref) {
  const snapshot = table.currentSnapshot?.snapshotId
  return snapshot === undefined ? null : [{ kind: 'point', ref, snapshot: String(snapshot) }]
}

/** The snapshots that main came by, newest first, as far as the table has them. */
function ancestors() {
  const parents = new Map(table.snapshots.map(({ snapshotId, parentId }) => [snapshotId, parentId]))
  const line = []
  for (let id = table.currentSnapshot?.snapshotId; parents.has(id); id = parents.get(id)) {
    line.push(id)
  }
  return line
}

/** Says how it ends. */
async function perform(effects) {
  const id = randomUUID()
  const outcome = await report(id, { base: held(), effects }, async () => {
    if (effects.length === 0) return read()
    if (effects[0].kind === 'expire') return expire(id)
    const commit = await table.transaction((tx) => change(tx, effects, id))
    return { outcome: commit.attempts === 0 ? 'unchanged' : 'ok', version: held() }
  })
  if (outcome === 'ok') remember(effects)
  if (outcome === 'failed' || outcome === 'unknown') await refresh()
  return outcome
}

async function report(id, began, work) {
  say({ invoked: id, at: now(), ...began })
  attempts = 0
  try {
    const end = await work()
    say({ ended: id, at: now(), attempts, ...end })
    return end.outcome
  } catch (error) {
    if (error.name !== 'IcebergError') throw error
    const { kind, message } = error
    const outcome = kind === 'commit-unknown' ? 'unknown' : 'failed'
    say({ ended: id, at: now(), attempts, outcome, version: null, kind, message })
    return outcome
  }
}

async function read() {
  await table.refresh()
  const version = held()
  const rows = await table.scan().toArray()
  const texts = rows.map(({ id, part }) => [id, part].join(':')).sort()
  const digest = createHash('sha256').update(texts.join()).digest('hex')
  return { outcome: 'read', version, digest }
}

/** What maintenance does: the newest snapshots of main stay, and those that a branch or tag needs. */
async function expire(id) {
  const { catalog } = (await table.refresh()).services
  const kept = new Set([
    ...ancestors().slice(0, KEPT_SNAPSHOTS),
    ...[...table.refs.values()].map(({ snapshotId }) => snapshotId),
  ])
  const snapshotIds = table.snapshots
    .map(({ snapshotId }) => snapshotId)
    .filter((snapshotId) => !kept.has(snapshotId))
  const updates = [
    { action: 'remove-snapshots', snapshotIds },
    { action: 'set-properties', updates: new Map([['signature', id]]) },
  ]
  attempts = 1
  const outcome = await catalog.commitTable(table.state.loaded, { requirements: [], updates })
  if (outcome.kind !== 'committed') {
    const isLost = outcome.kind === 'conflict'
    return { outcome: isLost ? 'failed' : 'unknown', version: null, kind: outcome.kind }
  }
  table.moveTo(outcome.table)
  return { outcome: 'ok', version: held() }
}

async function change(tx, effects, id) {
  for (const effect of effects) await changeBy(tx, effect)
  // Only rows make a snapshot to sign.
  if (effects.some(({ rows }) => rows !== undefined)) tx.setSummary({ signature: id })
  else tx.setProperties({ signature: id })
}

function changeBy(tx, effect) {
  switch (effect.kind) {
    case 'append':
      return tx.append(inputOf(effect))
    case 'replace-partitions':
      return tx.overwritePartitions(inputOf(effect), effect)
    case 'overwrite':
      return tx.overwrite(filterOf(effect.where), inputOf(effect), effect)
    case 'set-property':
      return tx.setProperties({ [effect.name]: effect.value })
    case 'add-column':
      return tx.updateSchema((columns) => columns.add(effect.name, t.long().optional()))
    case 'drop-column':
      return tx.updateSchema((columns) => columns.drop(effect.name))
    case 'point':
      return tx.updateRefs((refs) => point(refs, effect))
    case 'roll-back':
      return tx.updateRefs((refs) => refs.rollbackTo({ snapshot: BigInt(effect.snapshot) }))
    default:
      throw new Error(`no change is called ${effect.kind}`)
  }
}

function inputOf({ rows }) {
  return rows.map(([id, part]) => ({ id: BigInt(id), part }))
}

function filterOf({ part, below }) {
  return below === null ? `part = ${part}` : `part = ${part} and id < ${below}`
}

function point(refs, { ref, snapshot }) {
  if (snapshot === null) return refs.drop(ref)
  const to = { snapshotId: BigInt(snapshot) }
  if (ref !== 'audit') return refs.createTag(ref, to)
  return table.refs.has(ref) ? refs.replaceBranch(ref, to) : refs.createBranch(ref, to)
}

function remember(effects) {
  for (const { kind, name, ref, snapshot } of effects) {
    if (kind === 'add-column') ownColumns.push(name)
    if (kind === 'drop-column') ownColumns.shift()
    if (kind !== 'point' || ref === 'audit') continue
    if (snapshot === null) ownTags.shift()
    else ownTags.push(ref)
  }
}

async function refresh() {
  for (;;) {
    try {
      return await table.refresh()
    } catch (error) {
      if (!isPassing(error)) throw error
    }
  }
}

function isPassing({ kind }) {
  return kind === 'unavailable'
}

/** The version in hand. */
function held() {
  return Number(/\/v(\d+)\.[^/]*$/.exec(table.metadataLocation)[1])
}

function failAt({ at, signal, chance }) {
  const { link } = promises
  promises.link = async (from, to) => {
    const isChosen = /\/v\d+\.metadata\.json$/.test(to) && Math.random() < chance
    if (isChosen && at === 'before-link') fail(signal)
    await link(from, to)
    if (isChosen && at === 'after-link') fail(signal)
  }
  syncBuiltinESMExports()
}

function fail(signal) {
  say({ failpoint: signal })
  process.kill(process.pid, signal)
  say({ failpoint: null })
}
