/**
 * An S3 server in this process, as far as the store speaks to one, that misbehaves as it is told. Checks no signatures.
 * What real servers do is for `test/interop/s3`.
 */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'

import { onTestFinished } from 'vitest'

import { systemEnvironment } from '../../src/base/environment.ts'

/** A request as it came. */
export interface ServedRequest {
  readonly method: string
  readonly bucket: string
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

/** What goes wrong with one request. */
export type S3Fault =
  /** It is done, and the connection is cut without an answer. */
  | { readonly kind: 'answer-is-lost' }
  /** It is not done, and the connection is cut. */
  | { readonly kind: 'request-is-lost' }
  /** There is never an answer. */
  | { readonly kind: 'hangs' }
  /** The answer ends before it is whole. */
  | { readonly kind: 'answer-is-cut' }
  /** It is not done, and this is the answer. */
  | { readonly kind: 'answers'; readonly status: number; readonly body?: string }

export interface S3Server {
  readonly url: string
  readonly objects: Map<string, StoredObject>
  /** Uploads that were begun and neither completed nor aborted. */
  readonly uploads: ReadonlyMap<string, Map<number, Buffer>>
  readonly requests: readonly ServedRequest[]
  /** Asked about each request; none by default. */
  fault: (request: ServedRequest) => S3Fault | undefined
  /** What the server makes of `If-None-Match: *`. */
  conditions: 'heeds' | 'ignores' | 'looks-before-it-writes'
  /** Whether a range is answered by the whole object. */
  ignoresRanges: boolean
  /** Keys that nobody may delete. */
  readonly locked: Set<string>
}

export interface StoredObject {
  readonly bytes: Buffer
  readonly metadata: Readonly<Record<string, string>>
}

/** How many names a page of a listing has, so that few objects make several pages. */
const PAGE_NAMES = 3

/** Starts a server with the bucket `lake`, which stops when the test ends. */
export async function startS3Server(): Promise<S3Server> {
  const server = new FakeServer()
  const http = createServer((request, response) => {
    server.serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    http.closeAllConnections()
    http.close()
  })
  // A server that listens on a port has an address of that kind.
  server.url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  return server
}

interface Answer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Buffer
}

class FakeServer implements S3Server {
  url = ''
  readonly objects = new Map<string, StoredObject>()
  readonly uploads = new Map<string, Map<number, Buffer>>()
  readonly requests: ServedRequest[] = []
  readonly locked = new Set<string>()
  fault: S3Server['fault'] = () => undefined
  conditions: S3Server['conditions'] = 'heeds'
  ignoresRanges = false
  readonly #uploadMetadata = new Map<string, Readonly<Record<string, string>>>()

  async serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = await readRequest(message)
    this.requests.push(request)
    const fault = this.fault(request)
    if (fault?.kind === 'request-is-lost') {
      response.destroy()
      return
    }
    if (fault?.kind === 'hangs') return
    const answer =
      fault?.kind === 'answers'
        ? { status: fault.status, body: fault.body ?? '' }
        : await this.#answer(request)
    if (fault?.kind === 'answer-is-lost') {
      response.destroy()
      return
    }
    const { status, headers = {}, body = '' } = answer
    response.writeHead(status, { 'content-length': String(Buffer.byteLength(body)), ...headers })
    if (fault?.kind === 'answer-is-cut') {
      response.write(Buffer.from(body).subarray(0, 1), () => response.destroy())
    } else response.end(request.method === 'HEAD' ? undefined : body)
  }

  async #answer(request: ServedRequest): Promise<Answer> {
    const { method, bucket, key, query } = request
    if (bucket !== 'lake') return fail(404, 'NoSuchBucket')
    if (method === 'GET' && key === '') return this.#list(query)
    if (method === 'POST' && query.has('delete')) return this.#deleteAll(request)
    if (method === 'POST' && query.has('uploads')) return this.#begin(request)
    const upload = query.get('uploadId')
    if (upload !== null) return this.#serveUpload(upload, request)
    if (method === 'PUT') return this.#put(request, request.body, metadataOf(request))
    if (method === 'GET' || method === 'HEAD') return this.#get(request)
    this.objects.delete(key)
    return { status: 204 }
  }

  async #put(
    { key, headers }: ServedRequest,
    bytes: Buffer,
    metadata: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    const isTaken = headers['if-none-match'] === '*' && this.objects.has(key)
    if (isTaken && this.conditions !== 'ignores') return fail(412, 'PreconditionFailed')
    if (this.conditions === 'looks-before-it-writes') await systemEnvironment.sleep(20)
    this.objects.set(key, { bytes, metadata })
    return { status: 200, headers: { etag: etagOf(bytes) } }
  }

  #get({ key, headers, method }: ServedRequest): Answer {
    const object = this.objects.get(key)
    if (object === undefined) return fail(404, method === 'HEAD' ? '' : 'NoSuchKey')
    const { bytes, metadata } = object
    const about = {
      etag: etagOf(bytes),
      'last-modified': new Date(1_769_860_800_000).toUTCString(),
      ...Object.fromEntries(
        Object.entries(metadata).map(([name, value]) => [`x-amz-meta-${name}`, value]),
      ),
    }
    if (method === 'HEAD') {
      return { status: 200, headers: { ...about, 'content-length': String(bytes.length) } }
    }
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? []
    if (first === undefined || this.ignoresRanges)
      return { status: 200, headers: about, body: bytes }
    if (Number(first) >= bytes.length) return fail(416, 'InvalidRange')
    const body = bytes.subarray(Number(first), Number(last) + 1)
    const end = Number(first) + body.length - 1
    const range = { 'content-range': `bytes ${first}-${end}/${bytes.length}` }
    return { status: 206, headers: { ...about, ...range }, body }
  }

  #list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? ''
    const hasLevels = query.get('delimiter') === '/'
    const after = query.get('continuation-token') ?? ''
    const names = [...this.objects.keys()]
      .filter((key) => key.startsWith(prefix))
      .map((key) => {
        const slash = hasLevels ? key.indexOf('/', prefix.length) : -1
        return slash < 0 ? key : key.slice(0, slash + 1)
      })
    const rest = [...new Set(names)].sort().filter((name) => name > after)
    const page = rest.slice(0, PAGE_NAMES)
    const more = rest.length > page.length
    const items = page.map((name) => {
      const object = this.objects.get(name)
      const isFolder = object === undefined || (hasLevels && name.endsWith('/'))
      return isFolder
        ? `<CommonPrefixes><Prefix>${escape(name)}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${escape(name)}</Key><Size>${object.bytes.length}</Size><LastModified>2026-01-31T12:00:00.123Z</LastModified></Contents>`
    })
    const next = more
      ? `<NextContinuationToken>${escape(page.at(-1) ?? '')}</NextContinuationToken>`
      : ''
    const body = `<ListBucketResult><IsTruncated>${more}</IsTruncated>${next}${items.join('')}</ListBucketResult>`
    return { status: 200, body }
  }

  #deleteAll({ body }: ServedRequest): Answer {
    const errors = [...body.toString().matchAll(/<Key>(.*?)<\/Key>/gs)].map(([, text = '']) => {
      const key = unescape(text)
      if (this.locked.has(key)) {
        return `<Error><Key>${text}</Key><Code>AccessDenied</Code><Message>locked</Message></Error>`
      }
      this.objects.delete(key)
      return ''
    })
    return { status: 200, body: `<DeleteResult>${errors.join('')}</DeleteResult>` }
  }

  #begin(request: ServedRequest): Answer {
    const id = `upload-${this.requests.length}`
    this.uploads.set(id, new Map())
    this.#uploadMetadata.set(id, metadataOf(request))
    const body = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`
    return { status: 200, body }
  }

  async #serveUpload(id: string, request: ServedRequest): Promise<Answer> {
    const upload = this.uploads.get(id)
    if (upload === undefined) return fail(404, 'NoSuchUpload')
    if (request.method === 'PUT') {
      upload.set(Number(request.query.get('partNumber')), request.body)
      return { status: 200, headers: { etag: etagOf(request.body) } }
    }
    if (request.method === 'DELETE') {
      this.uploads.delete(id)
      return { status: 204 }
    }
    const parts = [...upload].sort(([left], [right]) => left - right)
    const bytes = Buffer.concat(parts.map(([, part]) => part))
    const answer = await this.#put(request, bytes, this.#uploadMetadata.get(id) ?? {})
    if (answer.status !== 200) return answer
    this.uploads.delete(id)
    return { status: 200, body: '<CompleteMultipartUploadResult></CompleteMultipartUploadResult>' }
  }
}

async function readRequest(message: IncomingMessage): Promise<ServedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of message) chunks.push(chunk as Buffer)
  const { pathname, searchParams } = new URL(message.url ?? '/', 'http://server')
  const [, bucket = '', ...rest] = pathname.split('/')
  return {
    method: message.method ?? '',
    bucket,
    key: decodeURIComponent(rest.join('/')),
    query: searchParams,
    headers: message.headers,
    body: Buffer.concat(chunks),
  }
}

function metadataOf({ headers }: ServedRequest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      name.startsWith('x-amz-meta-') ? [[name.slice('x-amz-meta-'.length), String(value)]] : [],
    ),
  )
}

function etagOf(bytes: Buffer): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`
}

function fail(status: number, code: string): Answer {
  return { status, body: code === '' ? '' : `<Error><Code>${code}</Code></Error>` }
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function unescape(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}
