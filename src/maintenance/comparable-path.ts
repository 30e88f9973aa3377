// One spelling for all paths that may mean the same file. Writers differ in scheme, in slashes, in what they percent-encode
// and in how they compose letters. Two files may well be taken for one here: then both are kept.
import { IcebergError } from '../base/errors.ts'
import { isAbsoluteLocation } from '../io/location.ts'

/** A location as it is spelled. */
export interface SpelledLocation {
  /** In lower case; null for a plain path. */
  readonly scheme: string | null
  /** Empty where there is none. */
  readonly authority: string
  /** Comparable: what may mean the same file is the same text. */
  readonly path: string
}

/** @throws IcebergError `unsupported` for a location that does not say by itself where it is */
export function spelledLocation(location: string): SpelledLocation {
  const match = /^(?:([a-z][a-z0-9+.-]*):(?:\/\/([^/]*))?)?(.*)$/is.exec(location)
  const [, scheme, authority = '', rest = ''] = match ?? []
  if (!isAbsoluteLocation(location)) {
    throw new IcebergError('unsupported', 'a table that names files relative to itself', {
      context: { location },
    })
  }
  return { scheme: scheme?.toLowerCase() ?? null, authority, path: comparable(rest) }
}

/** {@link SpelledLocation.path} of a location. */
export function comparablePath(location: string): string {
  return PLAIN.test(location) ? location : spelledLocation(location).path
}

/** Most paths are spelled plainly, and there may be millions. */
const PLAIN = /^(?:\/[\w=+ ,:@-][\w=+ ,:@.-]*)+$/

function comparable(path: string): string {
  if (PLAIN.test(path)) return path
  const segments: string[] = []
  for (const segment of decoded(path.normalize('NFC')).split('/')) {
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return `/${segments.join('/')}`
}

/** Decoded and composed until nothing is left to do: nobody says how often something was encoded. */
function decoded(path: string): string {
  const once = path.replaceAll(ENCODED_CHARACTER, decodedOrSame).normalize('NFC')
  return once === path ? path.replaceAll(/%[0-9a-f]{2}/gi, lowerCase) : decoded(once)
}

/** As UTF-8 of one to four bytes. */
const ENCODED_CHARACTER =
  /%[0-7][0-9a-f]|%[cd][0-9a-f]%[89ab][0-9a-f]|%e[0-9a-f](?:%[89ab][0-9a-f]){2}|%f[0-7](?:%[89ab][0-9a-f]){3}/gi

function decodedOrSame(character: string): string {
  try {
    return decodeURIComponent(character)
  } catch {
    return character
  }
}

function lowerCase(text: string): string {
  return text.toLowerCase()
}
