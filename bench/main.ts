// Compares frazil with what it stands on. Each side of a comparison is a process of its own; the sides take turns over
// several rounds, so that what else happens on the machine meets all of them; medians are what is shown.
import { fork } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { COMPARISONS, GROUPS, PREPARATIONS, isPython } from './comparisons.js'
import type { Comparison, Side } from './comparisons.js'
import { kafkaMissing, stopBroker } from './kafka.js'
import type { Measured } from './measure.js'
import { pythonMissing } from './python.js'
import { comparisonLines, median } from './report.js'
import type { Results } from './report.js'
import { secondCoreGain } from './second-core.js'
import type { SideSettings } from './settings.js'

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '10000000' },
    commits: { type: 'string', default: '300' },
    files: { type: 'string', default: '100000' },
    snapshots: { type: 'string', default: '1000' },
    listed: { type: 'string', default: '1000000' },
    messages: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: GROUPS.join() },
  },
})
const rounds = Number(values.rounds)
const topicsMissing = kafkaMissing()
const groups = GROUPS.filter(
  (group) =>
    values.only.split(',').includes(group) && !(group === 'kafka' && topicsMissing !== null),
)
const folder = await mkdtemp(join(tmpdir(), 'frazil-bench-'))
const settings = {
  folder,
  rows: Number(values.rows),
  commits: Number(values.commits),
  files: Number(values.files),
  snapshots: Number(values.snapshots),
  listed: Number(values.listed),
  messages: Number(values.messages),
}
const missing = pythonMissing()
if (missing !== null) progress(`SKIPPED: all sides of PyIceberg and Spark, as ${missing}`)
if (topicsMissing !== null) progress(`SKIPPED: topics of Kafka, as ${topicsMissing}`)
try {
  for (const side of groups.flatMap((group) => PREPARATIONS[group])) await prepare(side)
  await runComparisons(COMPARISONS.filter(({ group }) => groups.includes(group)))
} finally {
  await stopBroker(settings)
  await rm(folder, { recursive: true, force: true })
}

async function prepare(side: Side): Promise<void> {
  const { wallMs, done } = await runSide(side)
  progress(`${side.name}: ${JSON.stringify(done)} in ${(wallMs / 1000).toFixed(1)} s`)
}

async function runComparisons(comparisons: readonly Comparison[]): Promise<void> {
  const lines: string[] = []
  const gains: number[] = []
  for (const comparison of comparisons) {
    const sides = comparison.sides.filter((side) => missing === null || !isPython(side))
    const results = new Map<Side, Measured[]>(sides.map((side) => [side, []]))
    for (let round = 1; round <= rounds; round += 1) {
      gains.push(await secondCoreGain())
      for (const [side, measured] of results) {
        progress(`${comparison.name}: round ${round} of ${rounds}, ${side.name}`)
        measured.push(await runSide(side))
      }
    }
    lines.push(...comparisonLines(comparison, results satisfies Results))
  }
  console.log(
    [
      `${settings.rows} rows, ${settings.commits} commits, medians of ${rounds} rounds; two threads did ` +
        `${median(gains).toFixed(2)} (${Math.min(...gains).toFixed(2)} to ${Math.max(...gains).toFixed(2)}) times what one did`,
      '',
      '| | time, s | CPU, s | peak MB | delay p99, ms | time, ratio | CPU, ratio | peak, ratio |',
      '|---|--:|--:|--:|--:|--:|--:|--:|',
      ...lines,
    ].join('\n'),
  )
}

function runSide({ program, variant }: Side): Promise<Measured> {
  const path = fileURLToPath(import.meta.resolve(`./sides/${program}.js`))
  const told: SideSettings = { ...settings, variant }
  return new Promise((resolve, reject) => {
    let measured: Measured | null = null
    const child = fork(path, [JSON.stringify(told)])
    // The sides send nothing else.
    child.once('message', (message) => (measured = message as Measured))
    child.once('error', reject)
    child.once('exit', (code) => {
      if (measured !== null && code === 0) resolve(measured)
      else reject(new Error(`${program} ended with ${code}`))
    })
  })
}

function progress(text: string): void {
  console.error(text)
}
