/** A text of which pieces were replaced, and where its parts stood before. */
export interface ReplacedText {
  readonly text: string
  /** The offset in the text as it was of what stands at an offset now; that of its piece, for what took the place of one. */
  readonly offsetOf: (offset: number) => number
}

/** What takes the place of `[start, end)`, in UTF-16 units. */
export interface Replacement {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** @param replacements in order, and apart */
export function replacePieces(source: string, replacements: readonly Replacement[]): ReplacedText {
  let text = ''
  let copied = 0
  const pieces = replacements.map(({ start, end, text: replacement }) => {
    text += source.slice(copied, start)
    const from = text.length
    text += replacement
    copied = end
    return { start, end, from, to: text.length }
  })
  return {
    text: text + source.slice(copied),
    offsetOf(offset) {
      const piece = pieces.findLast(({ from }) => from <= offset)
      if (piece === undefined) return offset
      return offset < piece.to ? piece.start : offset - piece.to + piece.end
    },
  }
}
