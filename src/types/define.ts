/** Schemas as a program defines them, from which the types of its rows follow. */
import { IcebergError } from '../base/errors.ts'
import type { Given, RowInputOf, RowOf, Taken } from './row-types.ts'
import { makeField } from './make-field.ts'
import { checkNewSchema } from './schema-check.ts'
import { assignFreshIds } from './schema-walk.ts'
import { allFields, childFields, findFieldByPath } from './schema.ts'
import type { Schema } from './schema.ts'
import { geographyType, geometryType } from './type-text.ts'
import type { EdgeAlgorithm, Field, PlainTypeKind, Type } from './type.ts'
import type {
  AnyColumn,
  Column,
  ColumnDefinition,
  Presence,
  Shape,
  TypedSchema,
} from './typed-schema.ts'
import { defaultFromInput } from './value-input.ts'
import type { OutputForm, OutputForms } from './value-output.ts'

/**
 * Defines a schema: `schema({ id: t.long(), name: t.string().optional() })`. Field ids are those of a new table, the schema
 * id is 0. The order of the columns is that of the object, where JavaScript puts names like `1` first.
 *
 * @throws IcebergError `invalid` with all `problems`, when no table could have such columns
 */
export function schema<Columns extends Shape>(columns: Columns): TypedSchema<Columns> {
  const defined = { schemaId: 0, fields: assignFreshIds(fieldsOf(columns)), identifierFieldIds: [] }
  checkNewSchema(defined)
  return { ...defined, columns, forms: new Map(formsIn(defined.fields, definitionsOf(columns))) }
}

/**
 * The forms of a typed schema for a table whose fields may have other ids: columns are the same by their paths. A column
 * that the table does not have is left out.
 */
export function formsFor(table: Schema, typed: TypedSchema<Shape>): OutputForms {
  const forms = new Map<number, OutputForm>()
  for (const { field, path } of allFields(typed)) {
    const form = typed.forms.get(field.id)
    const target = findFieldByPath(table, path)
    if (form !== undefined && target !== undefined) forms.set(target.field.id, form)
  }
  return forms
}

type Required<GivenValue, TakenValue> = Column<GivenValue, TakenValue, 'required'>

/** What lists and maps are made of, whose parts have no defaults. */
type PartColumn = Column<unknown, unknown, 'required' | 'optional'>

/** A decimal by its digits: 1234 at scale 2 is 12.34. */
export interface DecimalInput {
  readonly unscaled: bigint
  readonly scale: number
}

/**
 * The types of columns. Each gives a required column. `as` chooses another form of the values that reading gives, never of
 * those that writing takes, and throws on reading rather than drop a digit.
 */
export interface ColumnTypes {
  boolean(): Required<boolean, boolean>
  /** 32 bits. */
  int(): Required<number, number>
  /** 64 bits. As `number`, values beyond 2^53 throw on reading. */
  long(): Required<bigint, bigint | number>
  long(options: { readonly as: 'number' }): Required<number, bigint | number>
  /** 32 bits; takes the nearest value. */
  float(): Required<number, number>
  /** 64 bits. */
  double(): Required<number, number>
  /** @param precision digits in all, in `[1, 38]`; @param scale digits after the point, in `[0, precision]` */
  decimal(precision: number, scale: number): Required<string, string | DecimalInput>
  /** A day of the calendar. As `date`, a `Date` at midnight UTC. */
  date(): Required<string, string | bigint | Date>
  date(options: { readonly as: 'date' }): Required<Date, string | bigint | Date>
  /** A time of day in microseconds. */
  time(): Required<string, string | bigint>
  time(options: { readonly as: 'micros' }): Required<bigint, string | bigint>
  /** A date and a time of day, wherever that may be; microseconds. */
  timestamp(): Required<string, string | bigint>
  timestamp(options: { readonly as: 'micros' }): Required<bigint, string | bigint>
  /** A moment, in microseconds. As `date`, values that are no whole milliseconds throw on reading. */
  timestamptz(): Required<string, string | bigint | Date>
  timestamptz(options: { readonly as: 'micros' }): Required<bigint, string | bigint | Date>
  timestamptz(options: { readonly as: 'date' }): Required<Date, string | bigint | Date>
  /** As `timestamp`, in nanoseconds: the years 1677 to 2262. Needs format version 3. */
  timestampNs(): Required<string, string | bigint>
  timestampNs(options: { readonly as: 'nanos' }): Required<bigint, string | bigint>
  /** As `timestamptz`, in nanoseconds: the years 1677 to 2262. Needs format version 3. */
  timestamptzNs(): Required<string, string | bigint | Date>
  timestamptzNs(options: { readonly as: 'nanos' }): Required<bigint, string | bigint | Date>
  string(): Required<string, string>
  uuid(): Required<string, string>
  /** @param length in bytes, at least 1 */
  fixed(length: number): Required<Uint8Array, Uint8Array>
  binary(): Required<Uint8Array, Uint8Array>
  /** A column that holds nothing but null until it gets another type. Needs format version 3. */
  unknown(): Column<never, never, 'optional'>
  /** Only a part of schemas: rows with it are not read or written yet. Needs format version 3. */
  variant(): Required<never, never>
  /**
   * Only a part of schemas: rows with it are not read or written yet. Needs format version 3.
   *
   * @param crs name of the coordinate reference system, `OGC:CRS84` unless told
   */
  geometry(crs?: string): Required<never, never>
  /** As `geometry`, with the way that edges take, `spherical` unless told. */
  geography(crs?: string, algorithm?: EdgeAlgorithm): Required<never, never>
  struct<Columns extends Shape>(columns: Columns): Required<RowOf<Columns>, RowInputOf<Columns>>
  /** @param element optional, if elements may be null */
  list<Element extends PartColumn>(
    element: Element,
  ): Required<Given<Element>[], readonly Taken<Element>[]>
  /** @param value optional, if values may be null; keys never are */
  map<Key extends Required<unknown, unknown>, Item extends PartColumn>(
    key: Key,
    value: Item,
  ): Required<
    Map<Given<Key>, Given<Item>>,
    ReadonlyMap<Taken<Key>, Taken<Item>> | readonly (readonly [Taken<Key>, Taken<Item>])[]
  >
}

/** The types of columns, for {@link schema}. */
export const t: ColumnTypes = {
  boolean: () => plain('boolean'),
  int: () => plain('int'),
  long: (options?: { readonly as: 'number' }) => plain('long', options?.as),
  float: () => plain('float'),
  double: () => plain('double'),
  decimal: (precision, scale) => column({ kind: 'decimal', precision, scale }),
  date: (options?: { readonly as: 'date' }) => plain('date', options?.as),
  time: (options?: { readonly as: 'micros' }) => plain('time', options?.as),
  timestamp: (options?: { readonly as: 'micros' }) => plain('timestamp', options?.as),
  timestamptz: (options?: { readonly as: 'micros' | 'date' }) => plain('timestamptz', options?.as),
  timestampNs: (options?: { readonly as: 'nanos' }) => plain('timestamp_ns', options?.as),
  timestamptzNs: (options?: { readonly as: 'nanos' }) => plain('timestamptz_ns', options?.as),
  string: () => plain('string'),
  uuid: () => plain('uuid'),
  fixed: (length) => column({ kind: 'fixed', length }),
  binary: () => plain('binary'),
  unknown: () => plain('unknown').optional(),
  variant: () => column({ kind: 'variant' }),
  geometry: (crs) => column(geometryType(crs)),
  geography: (crs, algorithm) => column(geographyType(crs, algorithm)),
  struct: (columns) =>
    column({ kind: 'struct', fields: fieldsOf(columns) }, null, definitionsOf(columns)),
  list: (element) => {
    const { definition } = partOf(element)
    const { type } = definition
    return column(
      { kind: 'list', elementId: 0, elementRequired: isRequired(element), element: type },
      null,
      [definition],
    )
  },
  map: (key, value) => {
    const parts = [partOf(key).definition, partOf(value).definition] as const
    const [{ type: keyType }, { type: valueType }] = parts
    const valueRequired = isRequired(value)
    return column(
      { kind: 'map', keyId: 0, key: keyType, valueId: 0, valueRequired, value: valueType },
      null,
      parts,
    )
  },
}

function partOf(part: AnyColumn): AnyColumn {
  if (part.definition.defaultValue === null) return part
  throw new IcebergError('invalid', 'elements of a list and parts of a map have no defaults')
}

/** A column of no value at all fits every pair of value types, which only the interface above knows. */
type Untyped = Required<never, never>

function plain(kind: PlainTypeKind, form?: OutputForm): Untyped {
  return column({ kind }, form ?? null)
}

function column(
  type: Type,
  form: OutputForm | null = null,
  children: readonly ColumnDefinition[] = [],
): Untyped {
  return columnOf({ type, form, children, doc: null, defaultValue: null }, 'required')
}

function columnOf<GivenValue, TakenValue, P extends Presence>(
  definition: ColumnDefinition,
  presence: P,
): Column<GivenValue, TakenValue, P> {
  return {
    definition,
    presence,
    optional: () => columnOf(definition, 'optional'),
    doc: (text) => columnOf({ ...definition, doc: text }, presence),
    default: (value) =>
      columnOf(
        { ...definition, defaultValue: defaultFromInput(definition.type, value, 'default') },
        // The compiler does not follow the condition into the two cases, of which this gives either.
        (presence === 'optional' ? presence : 'defaulted') as P extends 'optional'
          ? P
          : 'defaulted',
      ),
  }
}

function isRequired({ presence }: AnyColumn): boolean {
  return presence !== 'optional'
}

/** Fields without ids: those come when the schema is whole. */
function fieldsOf(columns: Shape): Field[] {
  return entriesOf(columns).map(([name, defined]) => {
    const { type, doc, defaultValue } = defined.definition
    return makeField({
      id: 0,
      name,
      required: isRequired(defined),
      type,
      doc,
      initialDefault: defaultValue,
      writeDefault: defaultValue,
    })
  })
}

function definitionsOf(columns: Shape): ColumnDefinition[] {
  return entriesOf(columns).map(([, { definition }]) => definition)
}

/** `{ __proto__: ... }` makes no column but another prototype, which would be lost without a word. */
function entriesOf(columns: Shape): [string, AnyColumn][] {
  const prototype: unknown = Object.getPrototypeOf(columns)
  if (prototype === Object.prototype || prototype === null) return Object.entries(columns)
  throw new IcebergError(
    'invalid',
    'columns must be a plain object; write ["__proto__"] for that name',
  )
}

function* formsIn(
  fields: readonly Field[],
  definitions: readonly ColumnDefinition[],
): Iterable<[number, OutputForm]> {
  for (const [index, field] of fields.entries()) {
    const definition = definitions[index]
    if (definition === undefined) continue
    if (definition.form !== null) yield [field.id, definition.form]
    yield* formsIn(childFields(field.type), definition.children)
  }
}
