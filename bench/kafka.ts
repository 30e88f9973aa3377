// A topic of Kafka on a broker of this run. Its scripts lie beside a checkout of this repository, with those of the tests.
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { schema, t } from 'frazil'

import type { SideSettings } from './settings.js'

const SCRIPT = fileURLToPath(new URL('../../../shared/oracles/servers/kafka', import.meta.url))

export const TOPIC = 'rides'
export const PARTITIONS = 4

/** What each message is: JSON of eight fields, 180 bytes. */
export const RideMessage = schema({
  id: t.long(),
  source: t.string(),
  type: t.string(),
  time: t.timestamptz(),
  driver: t.string(),
  fare: t.double(),
  distance: t.int(),
  paid: t.boolean(),
})

export function rideMessage(id: number): string {
  return JSON.stringify({
    id,
    source: `/rides/${id % 7}`,
    type: 'com.example.ride.changed',
    time: new Date(1_770_000_000_000 + id * 1_000).toISOString(),
    driver: `driver ${id % 5_000}`,
    fare: (id % 10_000) / 100,
    distance: id % 377,
    paid: id % 2 === 0,
  })
}

/** Why the sides with a topic cannot run; null when they can. */
export function kafkaMissing(): string | null {
  return existsSync(SCRIPT) ? null : `there is no ${SCRIPT}`
}

/** Starts the broker, and remembers in the bench's folder where it is. */
export async function startBroker(settings: SideSettings): Promise<string> {
  const { stdout } = await promisify(execFile)(SCRIPT, ['start', '--port', '0'])
  const { port } = JSON.parse(stdout) as { readonly port: number }
  writeFileSync(portFile(settings), String(port))
  return broker(settings)
}

export function broker(settings: Pick<SideSettings, 'folder'>): string {
  return `127.0.0.1:${readFileSync(portFile(settings), 'utf8')}`
}

/** Stops what this run has started, if anything. */
export async function stopBroker(settings: Pick<SideSettings, 'folder'>): Promise<void> {
  const file = portFile(settings)
  if (!existsSync(file)) return
  await promisify(execFile)(SCRIPT, ['stop', '--port', readFileSync(file, 'utf8')])
  rmSync(file)
}

function portFile({ folder }: Pick<SideSettings, 'folder'>): string {
  return join(folder, 'kafka-port')
}
