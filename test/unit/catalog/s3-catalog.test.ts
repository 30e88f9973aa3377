import { describe, expect, it } from 'vitest'

import type { Catalog } from '../../../src/catalog/catalog.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { parseIdentifier } from '../../../src/catalog/identifier.ts'
import type { ObjectStore } from '../../../src/io/object-store.ts'
import { createS3Store } from '../../../src/io/s3-store.ts'
import { describeCatalog } from '../../support/catalog-contract.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { newTable, setting } from '../../support/new-table.ts'
import { startS3Server } from '../../support/s3-server.ts'
import type { S3Server, ServedRequest } from '../../support/s3-server.ts'

const rides = parseIdentifier('city.rides')

describeCatalog('files in S3', async () => open(await startS3Server()))

describe('a file catalog in S3', () => {
  it('has committed when the answer is lost, in one attempt', async () => {
    const server = await startS3Server()
    const { catalog } = open(server)
    const base = await catalog.createTable(rides, newTable(catalog.defaultLocation(rides)))
    server.fault = (request) => {
      if (!isVersion(request, 2)) return undefined
      server.fault = () => undefined
      return { kind: 'answer-is-lost' }
    }
    const outcome = await catalog.commitTable(base, setting({ a: '1' }))
    expect(outcome.kind).toBe('committed')
    expect((await catalog.loadTable(rides)).metadata.properties.get('a')).toBe('1')
  })

  it('does not know when no answer comes and no version can be seen', async () => {
    const server = await startS3Server()
    const { catalog } = open(server)
    const base = await catalog.createTable(rides, newTable(catalog.defaultLocation(rides)))
    server.fault = (request) => (isVersion(request, 2) ? { kind: 'request-is-lost' } : undefined)
    const outcome = await catalog.commitTable(base, setting({ a: '1' }))
    expect(outcome.kind).toBe('unknown')
  })

  it('refuses to make a table where creates are not exclusive', async () => {
    const server = await startS3Server()
    server.conditions = 'ignores'
    const { catalog } = open(server)
    const creation = catalog.createTable(rides, newTable(catalog.defaultLocation(rides)))
    await expect(creation).rejects.toMatchObject({ kind: 'unsupported' })
    expect(server.objects.size).toBe(0)
  })

  it('takes a table that says s3a for one of its own', async () => {
    const server = await startS3Server()
    const { catalog } = open(server)
    const location = catalog.defaultLocation(rides).replace('s3:', 's3a:')
    const base = await catalog.createTable(rides, newTable(location))
    expect((await catalog.commitTable(base, setting({ a: '1' }))).kind).toBe('committed')
  })
})

function isVersion({ method, key }: ServedRequest, version: number): boolean {
  return method === 'PUT' && key.endsWith(`/v${version}.metadata.json`)
}

function open(server: S3Server): {
  readonly catalog: Catalog
  readonly store: ObjectStore
  readonly warehouse: string
} {
  const environment = fixedEnvironment()
  const store = createS3Store({
    endpoint: server.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'key', secretAccessKey: 'secret' },
    environment,
  })
  const warehouse = 's3://lake/warehouse'
  return { catalog: createFileCatalog({ store, environment, warehouse }), store, warehouse }
}
