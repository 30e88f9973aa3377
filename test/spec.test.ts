/** What `spec/` says of this project is so: what it names is there, and it passes over no part of the specification. */
import { readFileSync } from 'node:fs'

import fastGlob from 'fast-glob'
import { describe, expect, it } from 'vitest'

const ROOT = new URL('..', import.meta.url).pathname

const [sections = '', properties = ''] = read('spec/coverage.md').split('\n## Table properties\n')
const headings = read('spec/iceberg-headings.txt').trimEnd().split('\n')

interface Row {
  readonly name: string
  readonly implemented: string
  readonly held: string
}

function read(path: string): string {
  return readFileSync(`${ROOT}/${path}`, 'utf8')
}

function rowsOf(text: string): readonly Row[] {
  return [...text.matchAll(/^\| (.+?) \| (.+?) \| (.+) \|$/gm)]
    .slice(2)
    .map(([, name = '', implemented = '', held = '']) => ({ name, implemented, held }))
}

/** The headings in brackets of the paragraph on what has no row. */
function withoutRows(): readonly string[] {
  const paragraph = /^No rows have .*/ms.exec(sections)?.[0] ?? ''
  return [...paragraph.matchAll(/\(([^()]+)\)/g)].flatMap(([, list = '']) =>
    list.split(';').map((heading) => heading.replaceAll(/\s+/g, ' ').trim()),
  )
}

/** The files that a cell names. A bare name is in the folder of the one before it. */
function pathsIn(cell: string, root: string): readonly string[] {
  let folder = ''
  return [...cell.matchAll(/[\w*./-]+(?:\.ts|\.md|\/\*)/g)].map(([path]) => {
    if (path.startsWith('spec/')) return path
    if (path.includes('/')) folder = path.replace(/[^/]*$/, '')
    return path.includes('/') ? `${root}${path}` : `${root}${folder}${path}`
  })
}

describe('the page on coverage', () => {
  const all = [...rowsOf(sections), ...rowsOf(properties)]

  it('names every section of the specification once', () => {
    const named = [...rowsOf(sections).map(({ name }) => name), ...withoutRows()]
    expect(named.toSorted()).toEqual(headings.toSorted())
  })

  it('names no property twice', () => {
    const names = rowsOf(properties).map(({ name }) => name)
    expect(names.length).toBeGreaterThan(0)
    expect(new Set(names).size).toBe(names.length)
  })

  it('names files that there are', () => {
    const missing = all.flatMap(({ name, implemented, held }) =>
      [...pathsIn(implemented, 'src/'), ...pathsIn(held, '')]
        .filter((path) => fastGlob.sync(path, { cwd: ROOT }).length === 0)
        .map((path) => `${name}: ${path}`),
    )
    expect(missing).toEqual([])
  })

  it('says of each what holds it, or why nothing does', () => {
    const bare = rowsOf(sections).filter(
      ({ held }) => pathsIn(held, '').length === 0 && !/\bnot\b/.test(held),
    )
    expect(bare).toEqual([])
  })
})

describe('the pages on decisions', () => {
  const pages = fastGlob.sync('spec/decisions/*.md', { cwd: ROOT }).sort()

  it('have numbers without a gap', () => {
    expect(pages.map((path) => Number(/(\d{3})-[^/]+$/.exec(path)?.[1]))).toEqual(
      pages.map((_, index) => index + 1),
    )
  })

  it('say when to look at them again', () => {
    expect(pages.filter((path) => !/^\*\*Revisit\*\* /m.test(read(path)))).toEqual([])
  })
})
