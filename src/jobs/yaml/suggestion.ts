import { nearestName } from '../../base/nearest-name.ts'

/** `, did you mean x?` or nothing: the end of a message about an unknown name. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates)
  return nearest === null ? '' : `, did you mean ${nearest}?`
}
