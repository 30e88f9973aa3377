/**
 * The candidate that a mistyped name most likely means: fewest letters inserted, removed or replaced, and at most a third
 * of the name; null when none is that near. Case counts as half.
 */
export function nearestName(name: string, candidates: Iterable<string>): string | null {
  let nearest: string | null = null
  let fewest = Math.max(1, Math.floor(name.length / 3))
  for (const candidate of candidates) {
    const edits = editsBetween(name, candidate)
    if (edits > fewest || (edits === fewest && nearest !== null)) continue
    nearest = candidate
    fewest = edits
  }
  return nearest
}

/** `, did you mean x?` or nothing: the end of a message about an unknown name. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const nearest = nearestName(name, candidates)
  return nearest === null ? '' : `, did you mean ${nearest}?`
}

/** Levenshtein's distance, a row of the table at a time. */
function editsBetween(left: string, right: string): number {
  let above = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 0; row < left.length; row += 1) {
    const current = [row + 1]
    for (let column = 0; column < right.length; column += 1) {
      const replaced = (above[column] ?? 0) + replacementCost(left[row], right[column])
      const removed = (above[column + 1] ?? 0) + 1
      const inserted = (current[column] ?? 0) + 1
      current.push(Math.min(replaced, removed, inserted))
    }
    above = current
  }
  return above.at(-1) ?? 0
}

function replacementCost(left: string | undefined, right: string | undefined): number {
  if (left === right) return 0
  return left?.toLowerCase() === right?.toLowerCase() ? 0.5 : 1
}
