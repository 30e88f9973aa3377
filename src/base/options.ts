// Options as programs give them that no compiler has read: what is misspelt is an error, and not the same as nothing said.
import { IcebergError } from './errors.ts'
import { suggestion } from './nearest-name.ts'

/** The names of all options there are; one that is missing does not compile. */
export type OptionNames<Options> = Readonly<Record<NameOf<Options>, true>>

type NameOf<Options> = Options extends unknown ? keyof Options & string : never

/**
 * @param of whose options they are, for the message
 * @throws IcebergError `invalid` for what is no object, and for a name that no option has, with the one that was likely meant
 */
export function checkOptions<Options>(
  of: string,
  options: unknown,
  names: OptionNames<Options>,
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new IcebergError('invalid', 'options are an object', { context: { of } })
  }
  const known = Object.keys(names)
  for (const [option, value] of Object.entries(options)) {
    if (value === undefined || known.includes(option)) continue
    throw new IcebergError('invalid', `there is no such option${suggestion(option, known)}`, {
      context: { of, option, options: known.join(', ') },
    })
  }
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
