/**
 * Where things stand in the texts of a session. A fault may show while another text runs than the one that it is in: a view
 * is only read when a query does. So every text begins where the ones before it end, which spaces before it see to, and a
 * byte that DuckDB names belongs to one text only.
 */

/** A place in a text as it was given. */
export interface Place {
  /** In UTF-16 units. */
  readonly offset: number
  /** The view whose definition the text is; absent for a query. */
  readonly view?: string
}

/** A text that is run, and the one that it was made of. */
export interface PlacedText {
  readonly base: number
  readonly text: string
  readonly source: string
  readonly view?: string
  /** The offset in `source` of what stands at a byte of `text`; undefined where it is not known. */
  readonly offsetOf: (byte: number) => number | undefined
}

export class Places {
  readonly #texts: PlacedText[] = []
  #end = 0

  /** Where the next text may begin, after so many bytes at least. */
  base(least = 0): number {
    return Math.max(this.#end, least)
  }

  add(text: PlacedText): void {
    this.#texts.push(text)
    this.#end = text.base + Math.max(Buffer.byteLength(text.text), text.source.length) + 1
  }

  forget(): void {
    this.#texts.length = 0
    this.#end = 0
  }

  /** What stands at a byte that DuckDB names. */
  atByte(byte: number): Place | undefined {
    const text = this.#textAt(byte)
    const offset = text?.offsetOf(byte - text.base)
    return text === undefined || offset === undefined ? undefined : placeIn(text, offset)
  }

  /** What a number names that is an offset in a source, counted from the base of its text. */
  atNumber(value: number): Place | undefined {
    const text = this.#textAt(value)
    return text === undefined ? undefined : placeIn(text, value - text.base)
  }

  #textAt(position: number): PlacedText | undefined {
    return this.#texts.findLast(({ base }) => base <= position)
  }
}

function placeIn({ view }: PlacedText, offset: number): Place {
  return view === undefined ? { offset } : { offset, view }
}
