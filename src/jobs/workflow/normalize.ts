import type { Fields } from '../yaml/fields.ts'
import { FLARE_BODY, TOOLBOX_BODY } from './vocabulary.ts'

export type Stack = 'flare' | 'toolbox'

/** What a job does, freed of the key that its generation of the format put it under. */
export interface JobBody {
  readonly stack: Stack
  readonly fields: Fields
}

/** The key of each stack in the older generations, and the one that came to serve both. */
const BODY_KEYS = ['flare', 'toolbox', 'stackSpec'] as const

/** The stack that `flare:3.0` or `toolbox` means; null when a fault was noted. */
export function readStack(spec: Fields, stack: string): Stack | null {
  const name = /^(?<name>[a-z]+)(:\d+(\.\d+)*)?$/.exec(stack)?.groups?.['name']
  if (name === 'flare' || name === 'toolbox') return name
  if (stack !== '') spec.invalid('stack', 'must be flare or toolbox, with or without a version')
  return null
}

/**
 * The body of a job, from whichever of the three keys it is under; null when a fault was noted. Two of them would
 * contradict each other, and the key of the other stack leaves open which one was meant.
 *
 * @param stack null when it is not known: then an older key tells
 */
export function readBody(spec: Fields, stack: Stack | null): JobBody | null {
  const [key, second] = BODY_KEYS.filter((name) => spec.has(name))
  if (key === undefined) {
    spec.faults.invalid(spec.place, 'stackSpec is missing')
    return null
  }
  if (second !== undefined) {
    spec.invalid(second, `${key} and ${second} cannot both be given`)
    return null
  }
  const meant = stack ?? (key === 'stackSpec' ? null : key)
  if (meant === null) return null
  if (key !== 'stackSpec' && key !== meant) {
    spec.invalid(key, `the key ${key} does not fit the stack ${meant}`)
    return null
  }
  const fields = spec.map(key, meant === 'flare' ? FLARE_BODY : TOOLBOX_BODY)
  return fields === null ? null : { stack: meant, fields }
}
