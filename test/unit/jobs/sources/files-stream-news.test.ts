import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { expect, it } from 'vitest'

import { systemEnvironment } from '../../../../src/base/environment.ts'
import { parseJson } from '../../../../src/base/json-exact.ts'
import { createMemoryStore } from '../../../../src/io/memory-store.ts'
import { NewFiles } from '../../../../src/jobs/sources/files-stream-news.ts'

const FILES = 50_000

it('a stream of files keeps no more of a file than its name', () => {
  const folder = `memory:/${'landing/'.repeat(20)}json`
  const news = new NewFiles({
    store: createMemoryStore(),
    pattern: `${folder}/*.json`,
    order: 'path',
    latestFirst: false,
    minAgeMs: 0,
    environment: systemEnvironment,
  })
  const before = reachableBytes()
  for (let file = 0; file < FILES; file += 1) {
    const name = parseJson(`"part-${String(file).padStart(9, '0')}.json"`) as string
    news.see([{ name, location: `${folder}/${name}`, sizeBytes: 1, modifiedMs: 0 }])
  }
  expect((reachableBytes() - before) / FILES).toBeLessThan(120)
  expect(news.folder).toBe(folder)
})

function reachableBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  return process.memoryUsage().heapUsed
}
