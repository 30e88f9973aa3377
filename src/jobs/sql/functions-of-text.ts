/** Spark's functions of text. Characters are code points in both engines. */
import type { FunctionRow } from './function-table.ts'
import { refuse } from './refusal.ts'

/** Where a substring begins, from 0: 0 means 1 too, and what is negative counts from the end, also beyond the start. */
const START = `CASE WHEN b > 0 THEN b - 1 WHEN b = 0 THEN 0 ELSE length(a) + b END`

/** Characters whose case Java maps to several, by their neighbours, or by a newer Unicode. */
const ODD_CASE = `regexp_matches(a, '[^\\x00-\\x{B4}\\x{B6}-\\x{DE}\\x{E0}-\\x{12F}\\x{132}-\\x{148}\\x{14A}-\\x{17E}\\x{391}-\\x{3A2}\\x{3A4}-\\x{3A9}\\x{3B1}-\\x{3C1}\\x{3C3}-\\x{3C9}\\x{400}-\\x{45F}\\x{5D0}-\\x{64A}\\x{900}-\\x{DFF}\\x{E01}-\\x{E3A}\\x{2010}-\\x{2027}\\x{2030}-\\x{205E}\\x{20A0}-\\x{20BF}\\x{3000}-\\x{312F}\\x{3400}-\\x{4DB5}\\x{4E00}-\\x{9FEF}\\x{AC00}-\\x{D7A3}\\x{1F300}-\\x{1F64F}]')`

export const TEXT_FUNCTIONS: readonly FunctionRow[] = [
  ['length char_length character_length len', ['string'], 'int', 'length(a)'],
  ['octet_length', ['BYTES'], 'int', 'octet_length(encode(a))'],
  [
    'upper ucase',
    ['string'],
    'string',
    `CASE WHEN ${ODD_CASE} THEN ${refuse('the case of such letters is refused: Java may change them otherwise, so replace them before')} ELSE upper(a) END`,
  ],
  [
    'lower lcase',
    ['string'],
    'string',
    `CASE WHEN ${ODD_CASE} THEN ${refuse('the case of such letters is refused: Java may change them otherwise, so replace them before')} ELSE lower(a) END`,
  ],
  ['trim', ['string'], 'string', `trim(a, ' ')`],
  ['ltrim', ['string'], 'string', `ltrim(a, ' ')`],
  ['rtrim', ['string'], 'string', `rtrim(a, ' ')`],
  [
    'substring substr',
    ['string', 'int'],
    'string',
    `CASE WHEN b IS NOT NULL THEN substring(a, greatest(${START}, 0) + 1) END`,
  ],
  [
    'substring substr',
    ['string', 'int', 'int'],
    'string',
    `CASE WHEN a IS NULL OR b IS NULL OR c IS NULL THEN NULL
      WHEN c <= 0 OR CAST(${START} AS BIGINT) + c <= 0 THEN ''
      ELSE substring(a, greatest(${START}, 0) + 1, CAST(${START} AS BIGINT) + c - greatest(${START}, 0)) END`,
  ],
  // A length below zero gives nothing, where DuckDB counts from the other end.
  ['left', ['string', 'int'], 'string', 'substring(a, 1, CASE WHEN b < 0 THEN 0 ELSE b END)'],
  [
    'right',
    ['string', 'int'],
    'string',
    'CASE WHEN b <= 0 THEN substring(a, 1, 0) ELSE right(a, b) END',
  ],
  ['replace', ['string', 'string'], 'string', `replace(a, b, '')`],
  ['replace', ['string', 'string', 'string'], 'string', 'replace(a, b, c)'],
  ['repeat', ['string', 'int'], 'string', 'repeat(a, CASE WHEN b < 0 THEN 0 ELSE b END)'],
  ['lpad', ['string', 'int'], 'string', padding('lpad', `' '`)],
  ['lpad', ['string', 'int', 'string'], 'string', padding('lpad', 'c')],
  ['rpad', ['string', 'int'], 'string', padding('rpad', `' '`)],
  ['rpad', ['string', 'int', 'string'], 'string', padding('rpad', 'c')],
  ['instr', ['string', 'string'], 'int', 'instr(a, b)'],
  ['locate', ['string', 'string'], 'int', 'instr(b, a)'],
  ['startswith', ['string', 'string'], 'boolean', 'starts_with(a, b)'],
  ['endswith', ['string', 'string'], 'boolean', 'ends_with(a, b)'],
  ['contains', ['string', 'string'], 'boolean', 'contains(a, b)'],
  ['translate', ['string', 'string', 'string'], 'string', 'translate(a, b, c)'],
  // DuckDB turns whole graphemes round.
  [
    'reverse',
    ['string'],
    'string',
    `CASE WHEN regexp_full_match(a, '[\\x01-\\x7f]*') THEN reverse(a) WHEN a IS NOT NULL THEN ${refuse('reversing such a text is refused: its letters may be made of several parts, so reverse plain ASCII alone')} END`,
  ],
  ['md5', ['BYTES'], 'string', 'md5(a)'],
  ['sha sha1', ['BYTES'], 'string', 'sha1(a)'],
  [
    'sha2',
    ['BYTES', 'int'],
    'string',
    `CASE WHEN b IN (0, 256) THEN sha256(a) WHEN b IS NOT NULL THEN ${refuse('a hash of this length is refused: it is not known here, so use 256, or the function hash of a step')} END`,
  ],
  ['hex', ['BYTES'], 'string', 'hex(a)'],
  ['base64', ['binary'], 'string', 'to_base64(a)'],
  // What is found is given as it is written, which is the same for values without parts and fractions.
  [
    'get_json_object',
    ['string', 'string'],
    'string',
    `CASE WHEN NOT regexp_full_match(b, '\\$(\\.[A-Za-z_][A-Za-z_0-9]*|\\[[0-9]+\\])*') THEN ${refuse('this path into JSON is refused: it is not known to lead where it does in Spark, so use plain names and positions')}
      WHEN NOT json_valid(a) THEN ${refuse('a text that is no JSON is refused: Spark may read parts of it, so leave it out before')}
      WHEN json_type(a, b) IN ('OBJECT', 'ARRAY', 'DOUBLE') THEN ${refuse('an object, list or float of JSON as text is refused: Spark may spell it otherwise, so read its parts')}
      ELSE json_extract_string(a, b) END`,
  ],
]

function padding(name: string, fill: string): string {
  return `CASE WHEN b <= 0 THEN substring(a || ${fill}, 1, 0)
    WHEN ${fill} = '' THEN substring(a, 1, b) ELSE ${name}(a, b, ${fill}) END`
}
