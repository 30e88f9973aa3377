// The names by which the queries and outputs of a job know its views. SQL does not tell their case.
import { suggestion } from '../../base/nearest-name.ts'
import { sameName } from '../same-name.ts'

export function includesName(names: Iterable<string>, name: string): boolean {
  return [...names].some((other) => sameName(other, name))
}

/** What is where in the order of a job's views. */
export interface ViewScope {
  /** Inputs, and steps that come before. */
  readonly known: readonly string[]
  /** The step that asks, and those after it. */
  readonly later: readonly string[]
  /** Names that are only for the SQL of incremental inputs. */
  readonly contexts: readonly string[]
}

/** Why a view cannot be read; null when it can. */
export function viewFault(view: string, { known, later, contexts }: ViewScope): string | null {
  if (includesName(known, view)) return null
  const [own, ...after] = later
  if (own !== undefined && sameName(own, view)) return `the view ${view} cannot be made of itself`
  if (includesName(after, view)) {
    return `the view ${view} is made by a later step: steps are made in list order`
  }
  if (includesName(contexts, view)) {
    return `${view} is the context of an input, which only its own sql can read`
  }
  return `no input or step is named ${view}${suggestion(view, known)}`
}
