/** What a reader may rely on everywhere in `src`: the floors are one-way, citations are real, nothing is left lying about. */
import { readFileSync } from 'node:fs'

import fastGlob from 'fast-glob'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname

/** Lower floors first. A file may import from its own floor and from floors before it in this list. */
const FLOORS = [
  'base',
  'types',
  'layout',
  'expressions',
  'metadata',
  'io',
  'formats',
  'catalog',
  'table',
  'scan',
  'write',
  'duckdb',
  'maintenance',
  'client',
  'jobs',
  'cli',
]

/** Node's modules that do I/O: not for the pure floors. */
const PURE_FLOORS = new Set(['base', 'types', 'layout', 'expressions', 'metadata'])

const sources = fastGlob
  .sync('src/**/*.ts', { cwd: ROOT })
  .sort()
  .map((path) => ({ path, text: readFileSync(`${ROOT}/${path}`, 'utf8') }))

const headings = new Set(
  readFileSync(`${ROOT}/spec/iceberg-headings.txt`, 'utf8')
    .split('\n')
    .filter((line) => line !== ''),
)

describe('the source tree', () => {
  it('imports only point to the same floor or a lower one', () => {
    const upward = sources.flatMap(({ path, text }) =>
      importsOf(path, text)
        .filter((target) => target.startsWith('src/'))
        .filter((target) => rank(target) > rank(path))
        .map((target) => `${path} -> ${target}`),
    )
    expect(upward).toEqual([])
  })

  it('does no I/O below the io floor', () => {
    const impure = sources
      .filter(({ path }) => PURE_FLOORS.has(floorOf(path)))
      .flatMap(({ path, text }) =>
        importsOf(path, text)
          .filter((target) =>
            /^node:(fs|net|http|https|child_process|worker_threads|os)/.test(target),
          )
          .map((target) => `${path} -> ${target}`),
      )
    expect(impure).toEqual([])
  })

  it('takes time and chance from the environment alone', () => {
    const banned =
      /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|randomUUID|(?<!environment\.)randomBytes\(|setTimeout|setInterval|setImmediate)\b/
    expect(linesThat(banned, (path) => path !== 'src/base/environment.ts')).toEqual([])
  })

  it('parses and prints JSON in one place, where 64-bit integers stay whole', () => {
    const banned = /\bJSON\.(parse|stringify)\b/
    expect(linesThat(banned, (path) => path !== 'src/base/json-exact.ts')).toEqual([])
  })

  it('makes no call of parquet-wasm that ends the process on damage, drops errors, or reads columns in vain', () => {
    const calls =
      /\b(ParquetFile|transformParquetStream|readParquetStream)\b|readParquet\(.*columns/
    expect(linesThat(calls, () => true)).toEqual([])
  })

  it('knows no Iceberg word on its base floor', () => {
    const words = /snapshot|manifest|partition|Iceberg(?!Error)/
    const inBase = (path: string): boolean =>
      path.startsWith('src/base/') && path !== 'src/base/errors.ts'
    expect(linesThat(words, inBase)).toEqual([])
  })

  it('has accessors in classes alone: V8 makes those of object literals old at once, with all that they reach', () => {
    const inLiterals = /^ {3,}(get|set) \w+\(|[{,] (get|set) \w+\(/
    expect(linesThat(inLiterals, () => true)).toEqual([])
  })

  it('cites headings that the specification has', () => {
    const unknown = sources.flatMap(({ path, text }) =>
      citationsOf(text)
        .filter((heading) => !headings.has(heading))
        .map((heading) => `${path}: ${heading}`),
    )
    expect(unknown).toEqual([])
  })

  it('has no default exports, leftovers or silenced checks', () => {
    const leftovers =
      /export default|\.only\(|debugger|console\.|TODO|FIXME|XXX|@ts-ignore|@ts-expect-error|as any\b|oxlint-disable|eslint-disable/
    expect(linesThat(leftovers, () => true)).toEqual([])
  })
})

function floorOf(path: string): string {
  const [, floor = '', rest] = path.split('/')
  return rest === undefined ? 'entry' : floor
}

/** Entry points stand above all floors. */
function rank(path: string): number {
  const floor = floorOf(path)
  if (floor === 'entry') return FLOORS.length
  const index = FLOORS.indexOf(floor)
  if (index < 0) throw new Error(`${path} is on no floor`)
  return index
}

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(/(?:from|import\()\s*'([^']+)'/g)].map(([, target = '']) =>
    target.startsWith('.') ? new URL(target, `file:///${path}`).pathname.slice(1) : target,
  )
}

function linesThat(pattern: RegExp, concerns: (path: string) => boolean): string[] {
  return sources
    .filter(({ path }) => concerns(path))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .map((line, index) => ({ line, place: `${path}:${index + 1}` }))
        .filter(({ line }) => pattern.test(line))
        .map(({ line, place }) => `${place} ${line.trim()}`),
    )
}

/** Headings named as `(spec: A; B)`, also where a comment breaks the line. */
function citationsOf(text: string): string[] {
  const flowing = text
    .split('\n')
    .map((line) => /(?:^\s*\*|\/\*\*|\/\/)(.*)$/.exec(line)?.[1]?.trim() ?? '')
    .join(' ')
  return [...flowing.matchAll(/\(spec: ((?:[^()]|\([^()]*\))+)\)/g)].flatMap(([, list = '']) =>
    list.split(';').map((heading) => heading.replaceAll(/\s+/g, ' ').trim()),
  )
}
