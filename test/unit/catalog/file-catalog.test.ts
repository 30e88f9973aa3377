import { describeCatalog } from '../../support/catalog-contract.ts'
import { createFileCatalog } from '../../../src/catalog/file-catalog.ts'
import { createLocalStore } from '../../../src/io/local-store.ts'
import { createMemoryStore } from '../../../src/io/memory-store.ts'
import { fixedEnvironment } from '../../support/fixed-environment.ts'
import { temporaryFolder } from '../../support/folders.ts'

describeCatalog('files in memory', async () => {
  const store = createMemoryStore()
  const warehouse = 'memory:/warehouse'
  const catalog = createFileCatalog({ store, environment: fixedEnvironment(), warehouse })
  return { catalog, store, warehouse }
})

describeCatalog('local files', async () => {
  const store = createLocalStore()
  const warehouse = temporaryFolder()
  const catalog = createFileCatalog({ store, environment: fixedEnvironment(), warehouse })
  return { catalog, store, warehouse }
})
