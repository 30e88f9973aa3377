import { suggestion } from '../../base/nearest-name.ts'
import { FUNCTIONS, LATER_FUNCTIONS } from '../functions/catalogue.ts'
import type { Fields } from '../yaml/fields.ts'
import type { FunctionCall } from './model.ts'

/** The `functions` of a step, each with the arguments that it takes; those with faults are left out. */
export function readFunctions(step: Fields): readonly FunctionCall[] {
  const items = step.mapsBy('functions', 'name', (name) => {
    const known = name === null ? undefined : FUNCTIONS.get(name)
    return known === undefined ? null : { read: known.keys }
  })
  return items.flatMap((item) => readCall(item) ?? [])
}

function readCall(item: Fields): FunctionCall | null {
  const name = item.text('name')
  const known = FUNCTIONS.get(name)
  if (known !== undefined) return { name, bound: known.bind(item), place: item.place }
  if (name === '') return null
  if (LATER_FUNCTIONS.includes(name)) {
    item.faults.unsupported(item.placeOf('name'), `the function ${name}`)
    return null
  }
  const names = [...FUNCTIONS.keys()].toSorted()
  const meant = suggestion(name, names)
  item.invalid('name', `no function is named ${name}${meant}; there are ${names.join(', ')}`)
  return null
}
