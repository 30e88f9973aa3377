/** Servers that other tests of this machine also start, each on a port of its own and with data that go when it stops. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

const SERVERS = fileURLToPath(new URL('../../../../shared/oracles/servers/', import.meta.url))

/** With nothing cached a server is built from its source first. */
const START_TIMEOUT_MS = 600_000

/** A server that answers. */
export interface Server {
  readonly url: string
  readonly port: number
  readonly pid: number
  /** The folder of what it keeps; versitygw has objects there as files, below the names of their buckets. */
  readonly data: string
  stop(): Promise<void>
}

/**
 * A suite that needs servers. Without the scripts that start them it is skipped, and says so; where
 * `FRAZIL_ORACLES_REQUIRED` is set, which is where everything must be tested, it fails.
 */
export function describeWithServers(name: string, suite: () => void): void {
  if (existsSync(SERVERS)) describe(name, suite)
  else if (process.env['FRAZIL_ORACLES_REQUIRED'] === '1') {
    it(`${name}: needs servers`, () => expect.fail(`there are no servers at ${SERVERS}`))
  } else {
    console.warn(`skipped, ${name}: there are no servers at ${SERVERS}`)
    describe.skip(name, suite)
  }
}

/** The keys that S3 servers are started with. */
export const S3_KEYS = { accessKeyId: 'test', secretAccessKey: 'testtest' } as const

/** Of every S3 server. */
export const BUCKET = 'warehouse'

export type S3Kind = 'versitygw' | 'moto'

/** Where a server is, when that is not left to it. What is in such a folder stays when the server stops. */
export interface ServerPlace {
  readonly port: number
  readonly data: string
}

/** An S3 server with a {@link BUCKET}, which is empty unless its folder has one. */
export function startS3(kind: S3Kind, place?: ServerPlace): Promise<Server> {
  return start('s3', ['--kind', kind, '--bucket', BUCKET], place)
}

/** A broker of Kafka, of one node, whose `url` is where its clients ask first. @param settings such as `log.segment.bytes=1048576` */
export function startKafka(settings: readonly string[] = [], place?: ServerPlace): Promise<Server> {
  return start(
    'kafka',
    settings.flatMap((setting) => ['--set', setting]),
    place,
  )
}

/** A program of Kafka's own, such as `org.apache.kafka.tools.GetOffsetShell`; gives what it prints. */
export async function kafkaTool(name: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(join(SERVERS, 'kafka'), ['tool', name, ...args])
  return stdout
}

/** A registry of schemas with Confluent's API. */
export function startRegistry(): Promise<Server> {
  return start('schema-registry', [])
}

/** A proxy in front of a server, which can be told to break connections. */
export interface FaultyProxy extends Server {
  /** Where its clients connect. */
  readonly endpoint: string
  /** Begins to break connections; see the documentation of toxiproxy for what there is. */
  breakBy(toxic: Readonly<Record<string, unknown>>): Promise<void>
  mend(): Promise<void>
}

/** @param upstream a server of this machine */
export async function startProxy(upstream: Server): Promise<FaultyProxy> {
  const control = await start('toxiproxy', [])
  const proxy = (await post(`${control.url}/proxies`, {
    name: 'upstream',
    listen: '127.0.0.1:0',
    upstream: `127.0.0.1:${upstream.port}`,
  })) as { listen: string }
  return {
    ...control,
    endpoint: `http://${proxy.listen}`,
    breakBy: async (toxic) => {
      await post(`${control.url}/proxies/upstream/toxics`, toxic)
    },
    mend: async () => {
      await post(`${control.url}/reset`, {})
    },
  }
}

async function start(
  script: string,
  args: readonly string[],
  place?: ServerPlace,
): Promise<Server> {
  const run = (...words: readonly string[]): Promise<{ readonly stdout: string }> =>
    promisify(execFile)(join(SERVERS, script), words, {
      timeout: START_TIMEOUT_MS,
      env: {
        ...process.env,
        AWS_ACCESS_KEY_ID: S3_KEYS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: S3_KEYS.secretAccessKey,
      },
    })
  const where = place === undefined ? [] : ['--data', place.data]
  const { stdout } = await run('start', '--port', String(place?.port ?? 0), ...where, ...args)
  const { url, port, pid, data } = JSON.parse(stdout) as Omit<Server, 'stop'>
  return {
    url,
    port,
    pid,
    data,
    stop: async () => {
      await run('stop', '--port', String(port))
    },
  }
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, { method: 'POST', body: JSON.stringify(body) })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return text === '' ? null : JSON.parse(text)
}
