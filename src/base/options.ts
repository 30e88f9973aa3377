// Options as programs give them that no compiler has read: what is misspelt is an error, and not the same as nothing said; and what is
// of another kind is not taken for what it may look like, as the text `no` for true.
import { unreachable } from './assert.ts'
import { IcebergError } from './errors.ts'
import { suggestion } from './nearest-name.ts'

/**
 * The names of all options there are, each with the kind of its values; one that is missing does not compile, nor one of another
 * kind. `true` for values that only who takes them can judge: choices, numbers, and what is of more kinds than one.
 */
export type OptionNames<Options> = {
  readonly [Name in NameOf<Options>]: KindOf<ValueOf<Options, Name>>
}

type NameOf<Options> = Options extends unknown ? keyof Options & string : never

type ValueOf<Options, Name> = Options extends unknown
  ? Name extends keyof Options
    ? Exclude<Options[Name], undefined>
    : never
  : never

/** What is of one kind whatever else is asked of it. */
interface Kinds {
  readonly boolean: boolean
  readonly bigint: bigint
  readonly signal: AbortSignal
  readonly function: (...given: never) => unknown
  readonly list: readonly unknown[]
}

type Kind = keyof Kinds | 'text'

type KindOf<Value> = [Value] extends [string]
  ? string extends Value
    ? 'text'
    : true
  : KindAmong<keyof Kinds, Value>

type KindAmong<Name extends keyof Kinds, Value> = [
  { [Each in Name]: [Value] extends [Kinds[Each]] ? Each : never }[Name],
] extends [infer Found]
  ? [Found] extends [never]
    ? true
    : Found
  : never

/**
 * @param of whose options they are, for the message
 * @throws IcebergError `invalid` for what is no object, for a name that no option has, with the one that was likely meant, and for a
 *   value of another kind than its option's
 */
export function checkOptions<Options>(
  of: string,
  options: unknown,
  names: OptionNames<Options>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new IcebergError('invalid', 'options are an object', { context: { of } })
  }
  const kinds: ReadonlyMap<string, Kind | true> = new Map(Object.entries(names))
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined) continue
    const kind = kinds.get(option)
    if (kind === undefined) throw noOption(of, option, [...kinds.keys()])
    if (kind !== true) checkKind(of, option, { value, kind })
  }
}

function noOption(of: string, option: string, known: readonly string[]): IcebergError {
  return new IcebergError('invalid', `there is no such option${suggestion(option, known)}`, {
    context: { of, option, options: known.join(', ') },
  })
}

const EXPECTED: Readonly<Record<Kind, string>> = {
  boolean: 'true or false',
  bigint: 'a bigint',
  signal: 'an AbortSignal',
  function: 'a function',
  list: 'a list',
  text: 'a text',
}

function checkKind(
  of: string,
  option: string,
  { value, kind }: { readonly value: unknown; readonly kind: Kind },
): void {
  if (isOfKind(value, kind)) return
  throw new IcebergError('invalid', `the option is ${EXPECTED[kind]}`, {
    context: { of, option, given: value === null ? 'null' : typeof value },
  })
}

/** @throws IcebergError `invalid` for what is neither true nor false, of an option that may also be something else */
export function checkBoolean(option: string, value: unknown): void {
  if (typeof value === 'boolean') return
  throw new IcebergError('invalid', `the option is ${EXPECTED.boolean}`, {
    context: { option, given: textOf(value) },
  })
}

function isOfKind(value: unknown, kind: Kind): boolean {
  switch (kind) {
    case 'text':
      return typeof value === 'string'
    case 'list':
      return Array.isArray(value)
    case 'signal':
      // Not by its class: other packages bring their own.
      return typeof value === 'object' && value !== null && 'throwIfAborted' in value
    case 'boolean':
    case 'bigint':
    case 'function':
      return typeof value === kind
    default:
      return unreachable(kind)
  }
}

/** What {@link checkOptions} knows of who may only be told to stop. */
export const STOP_NAMES: OptionNames<{ readonly signal?: AbortSignal }> = { signal: 'signal' }

/** Those of the options that have one of the names: for who is told of more than what it passes on. */
export function optionsAmong<Options extends object>(
  options: Options,
  names: OptionNames<Options>,
): Options {
  const given = Object.entries(options).filter(([name]) => Object.hasOwn(names, name))
  // As they were given: options are all ones that may be absent.
  return Object.fromEntries(given) as Options
}

/** @throws IcebergError `invalid` for a value that is none of the choices of an option */
export function checkChoice(option: string, chosen: unknown, choices: readonly string[]): void {
  if (typeof chosen === 'string' && choices.includes(chosen)) return
  throw new IcebergError('invalid', 'the option has no such choice', {
    context: { option, given: textOf(chosen), choices: choices.join(', ') },
  })
}

function textOf(chosen: unknown): string {
  return typeof chosen === 'string' ? chosen : typeof chosen
}
