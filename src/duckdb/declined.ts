/** Thrown where it shows that DuckDB cannot do something exactly as we do it; whoever asked does it the other way. */
export class Declined extends Error {
  /** In lower case, without names or values: `a column of type fixed`. */
  readonly reason: string

  constructor(reason: string) {
    super(reason)
    this.reason = reason
  }
}

/** @throws Declined */
export function decline(reason: string): never {
  throw new Declined(reason)
}
