// What a job makes of its inputs: views, each a query over the ones before it, and the functions of its steps. Nothing is
// computed before a view is read; an input that is read as it is needs no SQL at all.
import { assert } from '../base/assert.ts'
import { IcebergError, withContext } from '../base/errors.ts'
import type { Schema } from '../types/schema.ts'
import { explained } from './error-place.ts'
import type { Explain } from './error-place.ts'
import type { BoundFunction, View, ViewQuery } from './functions/define.ts'
import type { ViewRows } from './sinks/sink.ts'
import type { FoundRows, QueriedInput } from './sources/input-view.ts'
import type { SqlEngine, SqlResult, SqlSession, SqlSessionOptions, SqlView } from './sql/engine.ts'
import { quoteName } from './sql/quotes.ts'
import type { FlareJob, Step } from './workflow/model.ts'

/** The views of one run of a job. Their names are found without case. */
export interface Pipeline {
  /**
   * The rows of an input or a step, the same ones however often they are read. One after the other: the rows of the next are
   * given when those of the one before have been read.
   *
   * @throws IcebergError `invalid` when there is no such view
   */
  rows(view: string): Promise<ViewRows>
  schemaOf(view: string): Schema
  /** Ends what still runs. */
  close(): Promise<void>
}

/** What views are made of: rows that are there, or those of a query over rows that are. */
export type PipelineInput = PlainInput | QueriedInput

interface PlainInput extends FoundRows {
  readonly kind: 'view'
}

export type PipelineOptions = SqlSessionOptions

/**
 * Opens the views of a job.
 *
 * @throws IcebergError `invalid` for SQL that is wrong and for functions that do not fit their columns, `unsupported` for SQL
 *   that is not known here, with the step and the place of it in the file
 */
export async function openPipeline(
  job: Pick<FlareJob, 'steps'>,
  inputs: ReadonlyMap<string, PipelineInput>,
  engine: SqlEngine,
  options: PipelineOptions = {},
): Promise<Pipeline> {
  const pipeline = new JobPipeline(engine, options)
  try {
    await pipeline.open(job.steps, inputs)
    return pipeline
  } catch (error) {
    await pipeline.close()
    throw error
  }
}

class JobPipeline implements Pipeline {
  readonly #engine: SqlEngine
  readonly #options: PipelineOptions
  /** Inputs that are read as they are. */
  readonly #plain = new Map<string, PlainInput>()
  /** Views of the session, by their names in lower case. */
  readonly #schemas = new Map<string, Schema>()
  /** By the names of views, in lower case. */
  readonly #explainers = new Map<string, Explain>()
  readonly #sessions: SqlSession[] = []
  #session: SqlSession | null = null

  constructor(engine: SqlEngine, options: PipelineOptions) {
    this.#engine = engine
    this.#options = options
  }

  async open(steps: readonly Step[], inputs: ReadonlyMap<string, PipelineInput>): Promise<void> {
    for (const [name, input] of inputs) {
      if (input.kind === 'view') this.#plain.set(name.toLowerCase(), input)
    }
    if (steps.length === 0 && this.#plain.size === inputs.size) return
    const shared = sharedContexts(steps, inputs)
    const views = new Map<string, SqlView>()
    const queries = new Map<string, QueriedInput>()
    for (const [name, input] of inputs) {
      if (input.kind === 'view') views.set(name, await sqlView(input))
      else if (shared.has(input.context.toLowerCase())) {
        views.set(name, await this.#apart(name, input))
      } else {
        views.set(input.context, await sqlView(input.view))
        queries.set(name, input)
      }
    }
    this.#session = await this.#openSession(views)
    for (const [name, view] of views) this.#schemas.set(name.toLowerCase(), view.schema)
    for (const [name, { sql, explain }] of queries) {
      await this.#placed(name, explain, () => this.#define(name, { sql, language: 'spark' }))
    }
    for (const step of steps) await this.#defineStep(step)
  }

  async rows(view: string): Promise<ViewRows> {
    const plain = this.#plain.get(view.toLowerCase())
    if (plain !== undefined) return { schema: plain.schema, batches: plain.batches }
    this.schemaOf(view)
    return this.#query(view)
  }

  schemaOf(view: string): Schema {
    const name = view.toLowerCase()
    const schema = this.#plain.get(name)?.schema ?? this.#schemas.get(name)
    if (schema !== undefined) return schema
    throw new IcebergError('invalid', 'the job has no such view', { context: { view } })
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()))
  }

  async #openSession(views: ReadonlyMap<string, SqlView>): Promise<SqlSession> {
    const session = await this.#engine.openSession(views, this.#options)
    this.#sessions.push(session)
    return session
  }

  /** A session of its own, for a query over a view whose name means another view elsewhere in the job. */
  async #apart(name: string, { sql, context, view, explain }: QueriedInput): Promise<SqlView> {
    const session = await this.#openSession(new Map([[context, await sqlView(view)]]))
    const schema = await this.#placed(name, explain, () =>
      session.define(name, { sql, language: 'spark' }),
    )
    const read = (): AsyncIterator<SqlBatch> => lazily(() => session.query(selectAll(name)))
    return { schema, batches: { [Symbol.asyncIterator]: read } }
  }

  async #defineStep(step: Step): Promise<void> {
    const { name, sql, functions, isCached, sqlPlace } = step
    const names = functions.map((_, index) => `${name} before function ${index + 1}`)
    const first = names[0] ?? name
    const kept = isCached ? { isKept: true } : {}
    const inSql: Explain = (error) => withContext(error, { step: name, ...sqlPlace })
    await this.#placed(first, inSql, () =>
      this.#define(first, { sql, language: 'spark', ...(first === name ? kept : {}) }),
    )
    for (const [index, call] of functions.entries()) {
      const before = names[index] ?? name
      const after = names[index + 1] ?? name
      const inCall: Explain = (error) =>
        withContext(error, { step: name, function: call.name, ...call.place })
      await this.#placed(after, inCall, async () => {
        const query = await this.#boundQuery(call.bound, before)
        await this.#define(after, { ...query, ...(after === name ? kept : {}) })
      })
    }
  }

  /** The query of a function, which may have to ask its view something first. */
  async #boundQuery(bound: BoundFunction, viewName: string): Promise<ViewQuery> {
    const view: View = { name: viewName, schema: this.schemaOf(viewName) }
    const question = bound.question?.(view)
    if (question === undefined) return bound.toQuery(view, [])
    const asked = `${viewName}, asked`
    await this.#define(asked, question)
    const answers: (string | null)[] = []
    const { batches } = await this.#query(asked)
    for await (const batch of batches) {
      for (const value of batch.getChildAt(0) ?? []) answers.push(textOrNull(value))
    }
    return bound.toQuery(view, answers)
  }

  async #define(
    name: string,
    definition: ViewQuery & { readonly isKept?: boolean },
  ): Promise<void> {
    assert(this.#session !== null, 'views are defined in a session')
    this.#schemas.set(name.toLowerCase(), await this.#session.define(name, definition))
  }

  async #query(view: string): Promise<ViewRows> {
    const session = this.#session
    assert(session !== null, 'views are read from a session')
    const explain: Explain = (error) => this.#explain(error)
    const { schema, batches } = await explained(explain, () => session.query(selectAll(view)))
    return { schema, batches: explainedRows(batches, explain) }
  }

  /** Defines a view. Errors of it come with where it stands in the file, also those that show when it is read. */
  #placed<Result>(view: string, explain: Explain, define: () => Promise<Result>): Promise<Result> {
    this.#explainers.set(view.toLowerCase(), explain)
    return explained(explain, define)
  }

  /** An error that shows when views are read names the one that it is in. */
  #explain(error: unknown): unknown {
    const view = error instanceof IcebergError ? error.context['view'] : undefined
    const explain = typeof view === 'string' ? this.#explainers.get(view.toLowerCase()) : undefined
    return explain === undefined ? error : explain(error)
  }
}

/** What DuckDB reads by itself, it is not fed. */
async function sqlView({ schema, batches, findDirect }: FoundRows): Promise<SqlView> {
  const direct = (await findDirect?.()) ?? null
  return direct === null ? { schema, batches } : { schema, batches, direct }
}

type SqlBatch = SqlResult['batches'] extends AsyncGenerator<infer Batch, void, void> ? Batch : never

function selectAll(view: string): string {
  return `select * from ${quoteName(view, 'spark')}`
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

/** Names of contexts that some other view of the job has too, in lower case. */
function sharedContexts(
  steps: readonly Step[],
  inputs: ReadonlyMap<string, PipelineInput>,
): ReadonlySet<string> {
  const contexts = [...inputs.values()].flatMap((input) =>
    input.kind === 'query' ? [input.context] : [],
  )
  const all = [...inputs.keys(), ...steps.map(({ name }) => name), ...contexts]
  const names = all.map((name) => name.toLowerCase())
  return new Set(names.filter((name, index) => names.indexOf(name) !== index))
}

/** The rows of a query that is started when the first is asked for. */
async function* lazily(start: () => Promise<SqlResult>): SqlResult['batches'] {
  yield* (await start()).batches
}

/** The rows of a query, errors explained. Whoever ends it ends the query. */
function explainedRows(batches: SqlResult['batches'], explain: Explain): AsyncIterable<SqlBatch> {
  const rows: AsyncIterator<SqlBatch> = {
    next: () => explained(explain, () => batches.next()),
    return: () => batches.return(),
  }
  return { [Symbol.asyncIterator]: () => rows }
}
