/** The columns of a row type that paths name; a path into a struct leaves the struct with only what is named. */
export type Picked<Row, Path extends string> = {
  [Name in Heads<Row, Path>]: Name extends Path
    ? Row[Name]
    : Picked<NonNullable<Row[Name]>, Below<Path, Name & string>> | Extract<Row[Name], null>
}

/** First names of the paths. */
type Heads<Row, Path extends string> = Path extends keyof Row
  ? Path
  : Path extends `${infer Head}.${string}`
    ? Head & keyof Row
    : never

/** What the paths through `Head` go on with. */
type Below<Path extends string, Head extends string> = Path extends `${Head}.${infer Rest}`
  ? Rest
  : never
