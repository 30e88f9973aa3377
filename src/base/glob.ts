/**
 * Patterns of paths: `*` is any part of a name, `**` any number of folders, `?` one character, `[a-z]` and `[!a-z]` one of some,
 * `{a,b}` one of several. A backslash takes the meaning from what follows. What begins with a dot is a name like others.
 */
import { IcebergError } from './errors.ts'

/** A pattern taken apart. */
export interface Glob {
  /** The folder that all paths of the pattern lie in: what stands before the first name with a sign in it. */
  readonly base: string
  /** Whether a path matches, given as it stands below {@link base}; null where the pattern is the base alone. */
  readonly matches: ((path: string) => boolean) | null
  /** Whether a path below a folder may match, both given as they stand below {@link base}. When in doubt it may. */
  readonly reaches: (folder: string) => boolean
}

/** @throws IcebergError `invalid` for brackets and braces that are not closed */
export function parseGlob(pattern: string): Glob {
  const parts = pattern.split('/')
  const first = parts.findIndex((part) => /[*?[{]/.test(part.replaceAll(/\\./gs, '')))
  if (first < 0) return { base: unescaped(pattern), matches: null, reaches: () => true }
  const signs = parts.slice(first).map(withSingleStars)
  const expression = regExpOf(signs.join('/'))
  return {
    base: unescaped(parts.slice(0, first).join('/')),
    matches: (path) => expression.test(path),
    reaches: reachOf(signs),
  }
}

/** Level by level, up to where folders of any number come, or what holds a slash. */
function reachOf(parts: readonly string[]): Glob['reaches'] {
  const deep = parts.findIndex((part) => part === '**' || goesOn(part))
  const levels = parts.slice(0, deep < 0 ? -1 : deep).map(regExpOf)
  return (folder) => {
    const names = folder.split('/')
    if (deep < 0 && names.length > levels.length) return false
    return levels.every((level, index) => names[index] === undefined || level.test(names[index]))
  }
}

/** Whether a brace or a bracket is open at the end of a part, so that the slash behind it belongs to that. */
function goesOn(part: string): boolean {
  let depth = 0
  for (const sign of part.replaceAll(/\\.|\[[!^]?\]?(?:\\.|[^\]\\])*\]/gsu, '')) {
    if (sign === '[') return true
    if (sign === '{') depth += 1
    else if (sign === '}' && depth > 0) depth -= 1
  }
  return depth > 0
}

/** Two stars are folders where nothing else stands between the slashes, and elsewhere no more than one. */
function withSingleStars(part: string): string {
  return part === '**'
    ? part
    : part.replaceAll(/(\\.)|\*+/gsu, (_, escape?: string) => escape ?? '*')
}

function unescaped(text: string): string {
  return text.replaceAll(/\\(.)/gs, '$1')
}

function regExpOf(pattern: string): RegExp {
  let source = ''
  let depth = 0
  // Signs together: a run of folders, a class of characters, an escape, or one character.
  for (const [token] of pattern.matchAll(
    /(?<=^|\/)\*\*(?:\/|$)|\[[!^]?\]?(?:\\.|[^\]\\])*\]|\\.|[^]/gsu,
  )) {
    if (token === '{') depth += 1
    if (token === '}' && depth > 0) {
      depth -= 1
      source += ')'
    } else source += sourceOf(token, depth > 0)
  }
  if (depth > 0) throw unclosed('brace')
  return new RegExp(`^(?:${source})$`, 'su')
}

function sourceOf(token: string, isInBraces: boolean): string {
  if (token === '**/') return '(?:[^/]*/)*'
  if (token === '**') return '.*'
  if (token === '*') return '[^/]*'
  if (token === '?') return '[^/]'
  if (token === '{') return '(?:'
  if (token === ',' && isInBraces) return '|'
  if (token === '[') throw unclosed('bracket')
  if (token.startsWith('[')) return classOf(token.slice(1, -1))
  return literal(token.startsWith('\\') ? token.slice(1) : token)
}

/** What stands between brackets; a folder's end is never one of them. */
function classOf(content: string): string {
  const isNegated = /^[!^]/.test(content)
  const signs = (isNegated ? content.slice(1) : content).replaceAll(
    /\\?([^-])/gsu,
    (_, sign: string) => literal(sign),
  )
  return `(?!/)[${isNegated ? '^' : ''}${signs}]`
}

function literal(sign: string): string {
  return sign.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`)
}

function unclosed(sign: string): IcebergError {
  return new IcebergError('invalid', `a ${sign} of a pattern of files is not closed`)
}
