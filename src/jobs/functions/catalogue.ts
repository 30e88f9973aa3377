import { decode, encode, hash } from './codes.ts'
import {
  addColumn,
  copy,
  drop,
  generateUuid,
  incrementVariable,
  merge,
  select,
  setColumn,
  setType,
  setVariable,
} from './columns.ts'
import {
  anyDate,
  anyTimestamp,
  diffDate,
  epochToTimestamp,
  formatDate,
  formatUnixDate,
} from './dates.ts'
import type { JobFunction } from './define.ts'
import { parseAsJson } from './json.ts'
import {
  changeColumnCase,
  cleanseColumnNames,
  columnsReplace,
  rename,
  renameAll,
  snakeCaseNames,
  swap,
} from './names.ts'
import { dropDuplicates, flatten, flattenOuter, pivot, unfurl, unpivot } from './rows.ts'
import {
  changeCase,
  cutCharacter,
  fillNullOrEmpty,
  findAndReplace,
  maskNumber,
  splitEmail,
  splitUrl,
  trim,
} from './texts.ts'

const ALL: readonly JobFunction[] = [
  addColumn,
  anyDate,
  anyTimestamp,
  changeCase,
  changeColumnCase,
  cleanseColumnNames,
  columnsReplace,
  copy,
  cutCharacter,
  decode,
  diffDate,
  drop,
  dropDuplicates,
  encode,
  epochToTimestamp,
  fillNullOrEmpty,
  findAndReplace,
  flatten,
  flattenOuter,
  formatDate,
  formatUnixDate,
  generateUuid,
  hash,
  incrementVariable,
  maskNumber,
  merge,
  parseAsJson,
  pivot,
  rename,
  renameAll,
  select,
  setColumn,
  setType,
  setVariable,
  snakeCaseNames,
  splitEmail,
  splitUrl,
  swap,
  trim,
  unfurl,
  unpivot,
]

/** Every function that a step may name. */
export const FUNCTIONS: ReadonlyMap<string, JobFunction> = new Map(
  ALL.map((jobFunction) => [jobFunction.name, jobFunction]),
)

/** Known by name, and not built. */
export const LATER_FUNCTIONS: readonly string[] = ['parse_html']
