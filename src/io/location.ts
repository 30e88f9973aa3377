import { IcebergError } from '../base/errors.ts'

/**
 * Where an object is, taken apart. Nothing is percent-decoded: table files spell names as the store has them, so
 * `day=a%2Fb` is a folder with a percent sign in its name.
 */
export interface Location {
  /** Lowercase; `file` for a plain absolute path, and `s3` also where it is spelled `s3a` or `s3n`. */
  readonly scheme: string
  /** Between `//` and the next `/`; empty when there is none. */
  readonly authority: string
  /** Begins with `/` and ends with none, except for the root of a store. */
  readonly path: string
}

/** Stores that are trees: their paths have no empty segments. In an object store `a//b` is a name of its own. */
const TREES = new Set(['file', 'memory'])

/** Other names of one scheme: Hadoop had three clients for S3 one after the other, and each wrote its own into tables. */
const SCHEMES: Readonly<Record<string, string>> = { s3a: 's3', s3n: 's3' }

/**
 * Takes a URI or an absolute path apart: `file:///x`, `file:/x` and `/x` are the same place, as are `memory:x` and
 * `memory:/x`.
 *
 * @throws IcebergError `invalid` for a relative path, and for `.` and `..` segments, which could lead anywhere
 */
export function parseLocation(location: string): Location {
  const match = /^(?:([a-z][a-z0-9+.-]*):(?:\/\/([^/]*))?)?(.*)$/is.exec(location)
  const [, scheme, authority = '', rest = ''] = match ?? []
  if (scheme === undefined && !rest.startsWith('/')) refuse('location is not absolute', location)
  if (rest.split('/').some(isRelativeSegment)) refuse('location has a relative segment', location)
  if (location.includes('\0')) refuse('location has a null character', location)
  const spelled = scheme?.toLowerCase() ?? 'file'
  const known = SCHEMES[spelled] ?? spelled
  return { scheme: known, authority, path: tidyPath(rest, TREES.has(known)) }
}

/** The path of a file as a system spells it: on Windows a drive comes first, which is a folder of the root in a location. */
export function systemPath(path: string, platform: string): string {
  return platform === 'win32' && /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path
}

/** The location of a file by its path, as {@link systemPath} spells that. */
export function pathLocation(path: string, platform: string): string {
  if (platform !== 'win32') return path
  const slashed = path.replaceAll('\\', '/')
  return slashed.startsWith('/') ? slashed : `/${slashed}`
}

/** Whether a location says by itself where it is: some writers name files relative to the table. */
export function isAbsoluteLocation(location: string): boolean {
  return location.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(location)
}

/** One spelling for every location that means the same place, for comparing: plain paths for local files. */
export function canonicalLocation(location: string): string {
  const { scheme, authority, path } = parseLocation(location)
  if (scheme === 'file' && authority === '') return path
  return authority === '' ? `${scheme}:${path}` : `${scheme}://${authority}${path}`
}

/** Whether two locations mean the same place. A relative one is nowhere in particular, and the same as none. */
export function sameLocation(left: string, right: string): boolean {
  return (
    isAbsoluteLocation(left) &&
    isAbsoluteLocation(right) &&
    canonicalLocation(left) === canonicalLocation(right)
  )
}

/**
 * The location of something below a folder, in the folder's own spelling.
 *
 * @param names relative to the folder; each may hold `/`
 * @throws IcebergError `invalid` when a name has an empty, `.` or `..` segment: what is joined stays below the folder
 */
export function joinLocation(folder: string, ...names: readonly string[]): string {
  const segments = names.flatMap((name) => name.split('/'))
  for (const segment of segments) {
    if (segment === '' || isRelativeSegment(segment) || segment.includes('\0')) {
      refuse('name cannot be put below a folder', segment)
    }
  }
  return `${withoutSlash(folder)}/${segments.join('/')}`
}

/** What stands below a folder that is spelled alike, without the `/` between; null for what is not below it. */
export function nameBelow(folder: string, location: string): string | null {
  const start = `${withoutSlash(folder)}/`
  return location.startsWith(start) ? location.slice(start.length) : null
}

/**
 * What stands below a folder, however both are spelled: empty for the folder itself, null for what is elsewhere. A relative
 * location is nowhere in particular.
 */
export function nameWithin(folder: string, location: string): string | null {
  if (!isAbsoluteLocation(folder) || !isAbsoluteLocation(location)) return null
  const [outer, inner] = [canonicalLocation(folder), canonicalLocation(location)]
  return outer === inner ? '' : nameBelow(outer, inner)
}

/** The last segment. */
export function lastName(location: string): string {
  return location.slice(location.lastIndexOf('/') + 1)
}

/** The location without its last segment. */
export function parentLocation(location: string): string {
  return location.slice(0, location.lastIndexOf('/'))
}

function isRelativeSegment(segment: string): boolean {
  return segment === '.' || segment === '..'
}

function tidyPath(path: string, isTree: boolean): string {
  const rooted = path.startsWith('/') ? path : `/${path}`
  const single = isTree ? rooted.replaceAll(/\/{2,}/g, '/') : rooted
  return single === '/' ? single : withoutSlash(single)
}

function withoutSlash(location: string): string {
  let end = location.length
  while (end > 0 && location[end - 1] === '/') end -= 1
  return location.slice(0, end)
}

function refuse(message: string, location: string): never {
  throw new IcebergError('invalid', message, { context: { location } })
}
