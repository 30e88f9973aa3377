import type { Lake } from './lake.ts'
import type { ToolboxJob } from './workflow/model.ts'

/** A version that readers of a table's folder now find. */
export interface Published {
  readonly target: string
  readonly metadataLocation: string
}

/** `set_version` with `latest`: readers that go by the table's folder find its newest version. */
export async function publishLatest(lake: Lake, { dataset }: ToolboxJob): Promise<Published> {
  const { warehouse, name } = await lake.locate(dataset)
  return { target: name, metadataLocation: await warehouse.publishLatest(name) }
}
