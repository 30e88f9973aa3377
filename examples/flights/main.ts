// Three million real flights: loaded a day a commit, in the order in which they would have arrived, then taken month by
// month by the workflow in flights.yaml until it has caught up. A second run finds nothing to do.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { openWarehouse } from 'frazil'
import { loadConfigFile, parseWorkflow, runWorkflow } from 'frazil/jobs'
import type { Config, WindowReport } from 'frazil/jobs'

import { Flight, flightsByDay } from './source.js'

/** Started from the project's root, by `npm run example`. */
const FOLDER = 'examples/flights'

/** The table property that says how far the load has come; it is set by the commit of each day. */
const LOADED = 'example.loaded-day'

const flightsConfig = await loadConfigFile(join(FOLDER, 'frazil.yaml'), process.env)
const warehousePath = warehouseOf(flightsConfig)
await loadFlights(warehousePath)
await catchUp(flightsConfig)
await sayHowToLook(warehousePath)

function warehouseOf({ catalogs }: Config): string {
  const local = catalogs.get('local')
  if (local?.type !== 'file') throw new Error('the example keeps its tables in files')
  return local.warehouse
}

/** Appends the days that are not in the table yet, each by a commit of its own. */
async function loadFlights(path: string): Promise<void> {
  const warehouse = await openWarehouse(path)
  const flights = (await warehouse.tableExists('air.flights'))
    ? await warehouse.loadTable('air.flights', Flight)
    : await warehouse.createTable('air.flights', { schema: Flight })
  const loadedDay = flights.properties.get(LOADED) ?? ''
  const startMs = performance.now()
  let [days, rows] = [0, 0n]
  for await (const { day, batches } of flightsByDay()) {
    if (day <= loadedDay) continue
    const commit = await flights.transaction(async (tx) => {
      await tx.append(batches)
      tx.setProperties({ [LOADED]: day })
    })
    days += 1
    rows += commit.addedRows
    if (process.stdout.isTTY) process.stdout.write(`\rloading ${day}`)
  }
  if (process.stdout.isTTY) process.stdout.write('\r')
  console.log(
    days === 0
      ? 'flights: all days are loaded'
      : `flights: loaded ${rows} rows, a commit for each of ${days} days, in ${secondsSince(startMs)} s`,
  )
}

async function catchUp(config: Config): Promise<void> {
  const file = join(FOLDER, 'flights.yaml')
  const { workflow } = parseWorkflow(await readFile(file, 'utf8'), { file })
  const report = await runWorkflow(workflow, {
    config,
    catchUp: true,
    onWindow: (window) => console.log(windowText(window)),
  })
  const failed = report.jobs.find((job) => job.kind === 'failed')
  if (failed !== undefined) throw failed.error
}

function windowText({
  window,
  outcome,
  sources,
  outputs,
  beyond,
  durationMs,
}: WindowReport): string {
  const month = `${window.get('start')?.slice(0, 10)} to ${window.get('end')?.slice(0, 10)}`
  if (outcome === 'nothing-to-do') {
    return (
      `${month}: nothing to do. The window would end at ${beyond?.end}, the data go to ${beyond?.bound}: ` +
      'the flights of that last instant wait until the month is complete.'
    )
  }
  const [source] = sources
  const [output] = outputs
  const counts = source?.kind === 'table' ? source.counts : null
  const commit = output?.kind === 'table' ? output.commit : null
  const pruned = (counts?.filesPrunedByMetrics ?? 0) + (counts?.filesPrunedByPartition ?? 0)
  return (
    `${month}: read ${(counts?.files ?? 0) - pruned} of ${counts?.files} files by their bounds, ` +
    `wrote ${commit?.addedRows} rows, sorted, to ${commit?.addedFiles} files ` +
    `in ${commit?.changedPartitions} partitions, ${(durationMs / 1000).toFixed(1)} s`
  )
}

async function sayHowToLook(path: string): Promise<void> {
  const warehouse = await openWarehouse(path)
  const byDay = await warehouse.loadTable('air.flights_by_day', Flight)
  const flights = await warehouse.loadTable('air.flights', Flight)
  const [all, taken] = [await flights.scan().count(), await byDay.scan().count()]
  console.log(
    `\n${taken} of ${all} rows are in flights_by_day; ${all - taken} wait for the next window.`,
  )
  const folder = join(path, 'air', 'flights_by_day')
  console.log(`
Look at the result:
  npx frazil scan ${folder} --where "date >= '2001-05-01T00:00:00' and date < '2001-05-02T00:00:00'" --limit 5 --format table
  npx frazil files ${folder} --where "delay > 1000" --format table
  npx frazil snapshots ${folder} --format table`)
}

function secondsSince(startMs: number): string {
  return ((performance.now() - startMs) / 1000).toFixed(1)
}
