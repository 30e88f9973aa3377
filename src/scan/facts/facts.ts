/** Facts about a table as JSON spells them: 64-bit integers as `bigint`, bytes in hexadecimal, maps as `Map`. */
export type Facts = Readonly<Record<string, unknown>>
