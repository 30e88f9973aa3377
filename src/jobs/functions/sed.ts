import { IcebergError } from '../../base/errors.ts'

/** Replaces what an expression such as `s/from/to/g` finds in a text. */
export type Replacing = (text: string) => string

/** A character as it stands, or one behind a backslash. */
const UNIT = String.raw`(?:\\[^]|(?!<mark>)[^\\])*`

/**
 * Reads a `sed` substitution: any mark may stand for the slash, `&` and `\1` to `\9` are what was found, `g` replaces all
 * and `i` does not tell case. Behind a backslash the mark stands for itself. The pattern is an extended regular expression, of ECMAScript's dialect.
 *
 * @throws IcebergError `invalid` for a text that is no such expression
 */
export function parseSed(expression: string): Replacing {
  const mark = expression[1] ?? ''
  if (!expression.startsWith('s') || /^[\s\w\\]?$/.test(mark)) throw fault(expression)
  const part = UNIT.replace('<mark>', escapePattern(mark))
  const whole = new RegExp(
    `^s${escapePattern(mark)}(${part})${escapePattern(mark)}(${part})${escapePattern(mark)}([gi]*)$`,
    'u',
  )
  const [, from, to, flags] = whole.exec(expression) ?? []
  if (from === undefined || to === undefined || flags === undefined) throw fault(expression)
  const pattern = patternOf(expression, from.replaceAll(`\\${mark}`, escapePattern(mark)), flags)
  const template = replacementOf(to)
  return (text) => text.replace(pattern, (...found: readonly unknown[]) => fill(template, found))
}

/** What a replacement is made of: text, or the number of a group; 0 is all that was found. */
type Template = readonly (string | number)[]

function replacementOf(text: string): Template {
  const pieces = text.matchAll(/\\([1-9])|(&)|\\([^])|([^\\&]+)/gu)
  return [...pieces].map(([, group, all, escaped, plain]) => {
    if (group !== undefined) return Number(group)
    if (all !== undefined) return 0
    return escaped === undefined ? (plain ?? '') : (CONTROLS.get(escaped) ?? escaped)
  })
}

const CONTROLS: ReadonlyMap<string, string> = new Map([
  ['n', '\n'],
  ['t', '\t'],
])

function fill(template: Template, found: readonly unknown[]): string {
  return template
    .map((piece) => {
      if (typeof piece === 'string') return piece
      const group = found[piece]
      // A group that took no part in the match is undefined; beyond the groups stands the offset.
      return typeof group === 'string' ? group : ''
    })
    .join('')
}

/** Signs that mean nothing by themselves; `sed` lets them stand behind a backslash, and `RegExp` does not. */
const NEEDLESS_ESCAPE = /\\([!"#%&',:;<=>@`~])/gu

function patternOf(expression: string, source: string, flags: string): RegExp {
  try {
    return new RegExp(source.replaceAll(NEEDLESS_ESCAPE, '$1'), [...new Set(`${flags}u`)].join(''))
  } catch (cause) {
    throw fault(expression, cause)
  }
}

function escapePattern(text: string): string {
  return text.replaceAll(/[$()*+./?[\\\]^{|}]/gu, String.raw`\$&`)
}

function fault(expression: string, cause?: unknown): IcebergError {
  return new IcebergError('invalid', 'must be of the form s/pattern/replacement/flags', {
    context: { expression },
    ...(cause === undefined ? {} : { cause }),
  })
}
