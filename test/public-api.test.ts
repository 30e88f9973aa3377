/** What the package offers: the names, each with a promise, and a tarball from which they work. */
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

import { describe, expect, it } from 'vitest'

import { parseJson } from '../src/base/json-exact.ts'
import { temporaryFolder } from './support/folders.ts'

const run = promisify(execFile)
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const ENTRIES = ['index', 'duckdb', 'io', 'jobs', 'maintenance', 's3'] as const

/** What a library of a user exports without a word on types: each of them must have a public name. */
const LIBRARY = `import { openWarehouse, schema, t } from 'frazil'
const warehouse = await openWarehouse('memory:')
export const Ride = schema({ id: t.long(), city: t.string().optional() })
export const rides = await warehouse.createTable('city.rides', { schema: Ride })
export const scan = rides.scan().select('id', '_file')
export const rows = await scan.toArray()
export const plan = await scan.plan()
export const layout = { spec: rides.spec, order: rides.sortOrder, metadata: rides.metadata }
export const append = rides.append
export const transaction = rides.transaction
`

interface Exported {
  readonly name: string
  /** The file that declares it. */
  readonly owner: string
  readonly isType: boolean
}

/** Entry points do nothing but re-export. */
function exportsOf(entry: string): readonly Exported[] {
  const text = readFileSync(join(ROOT, 'src', `${entry}.ts`), 'utf8')
  return [...text.matchAll(/^export (type )?\{([^}]*)\} from '([^']+)'$/gm)].flatMap(
    ([, type, names = '', owner = '']) =>
      [...names.matchAll(/\w+/g)].map(([name]) => ({ name, owner, isType: type !== undefined })),
  )
}

function namesOf(entry: string): { readonly values: string; readonly types: string } {
  const names = (isType: boolean): string =>
    exportsOf(entry)
      .filter((exported) => exported.isType === isType)
      .map(({ name }) => name)
      .sort()
      .join(' ')
  return { values: names(false), types: names(true) }
}

describe('the public names', () => {
  it('are these', () => {
    expect(namesOf('index')).toMatchInlineSnapshot(`
      {
        "types": "AnyColumn AppendsOptions BatchId BatchOptions BatchOutcome Catalog CodecCallOptions Column ColumnDefinition ColumnName Commit CommitOutcome CommitPace CommitPoint DataFile DecimalInput DecodeOptions DeleteOptions DictionaryChoice DirectRelation EdgeAlgorithm EncodeOptions Environment ErrorContext ErrorKind EventListener ExplainedFile ExplainedManifest ExplainedRowGroup ExplainedTotals Explanation FailedTest Field FieldPlace FileRows FileScanTask Filter FormatVersion Given Guard Isolation ListType LoadOptions LoadedTable MapType MetadataPath MetadataRow NewTableOptions NullOrder OpenTableOptions Operation OtherSpecs OverwriteOptions OverwritePartitionsOptions ParquetCodec ParquetCompression PartitionField PartitionSpec PartitionTerm PartitionText Picked PlanCounts Predicate Presence PrimitiveType Problem PrunedBy QueryRows RangePoint RefChange RefOptions RefRetention RequestOptions RollbackPoint Row RowContent RowEngine RowInput RowInputOf RowOf RowSource S3Options ScanOptions ScanPlan Schema SchemaChange Shape Snapshot SnapshotRef SortDirection SortField SortOrder SortTerm SortText SpecChange StreamChunk StreamCommit StreamOptions StreamWriter StreamWriterOptions StructType TableCommit TableEvent TableIdentifier TableMetadata TableRequirement TableScan TableUpdate TableWritableOptions TagOptions Taken TimeTransformKind Transaction Transform Type TypedSchema UnknownRow VariantType WarehouseOptions WithMetadata WriteInput WriteOptions",
        "values": "IcebergError Table Warehouse alwaysFalse alwaysTrue and between eq gt gtEq isIn isNaN isNull lt ltEq not notEq notIn notNaN notNull notStartsWith openTable openWarehouse or parquetFile schema startsWith t",
      }
    `)
    expect(namesOf('io')).toMatchInlineSnapshot(`
      {
        "types": "ByteRange ListOptions LocalFiles MeteredStore NewFile ObjectInfo ObjectStore Relocation RequestOptions StoreUsage",
        "values": "createLocalStore createMemoryStore createMeteredStore createRelocatingStore",
      }
    `)
    expect(namesOf('duckdb')).toMatchInlineSnapshot(`
      {
        "types": "DuckDBOptions",
        "values": "duckdb",
      }
    `)
    expect(namesOf('s3')).toMatchInlineSnapshot(`
      {
        "types": "S3Credentials S3Options S3StoreOptions",
        "values": "createS3Store",
      }
    `)
    expect(namesOf('maintenance')).toMatchInlineSnapshot(`
      {
        "types": "AddFilesOptions AddFilesPlan AddFilesReport AddFilesRun Age CompactedTable CompactionOptions CompactionPlan CompactionPolicy CompactionProgress CompactionReport CompactionRun CompactionStrategy EntryFacts Examination ExamineOptions ExaminedCounts ExpireOptions ExpirePlan ExpireProgress ExpireReport ExpireRun Facts FileColumns FileFacts FileGroup Finding GroupFailure HistoryFacts LeftAlone LeftFile ListedManifestFacts MaintenanceBudget MaintenancePlan MaintenancePolicy MaintenanceReport MaintenanceRun MaintenanceStep MaintenanceSteps ManifestChoice ManifestFacts MetadataLogFacts MetadataRows MetadataTableName MetadataTableOptions OrphanFile OrphanOptions OrphanPlan OrphanProgress OrphanReport OrphanRun PartitionFacts PartitionStatisticsOptions PartitionStatisticsPlan PartitionStatisticsReport PartitionStatisticsRun PartitionTotals PlannedCompaction PlannedGroups PositionDeleteFacts RefFacts RewriteManifestsOptions RewriteManifestsPlan RewriteManifestsProgress RewriteManifestsReport RewriteManifestsRun RewriteOutcome Severity SnapshotFacts StepResult TableFile TableFileKind",
        "values": "addFiles compactFiles computePartitionStatistics examine examineTable expireSnapshots maintain metadataTable planAddFiles planCompaction planExpiry planMaintenance planOrphanRemoval planPartitionStatistics planRewriteManifests removeOrphans rewriteManifests",
      }
    `)
    expect(namesOf('jobs')).toMatchInlineSnapshot(`
      {
        "types": "ActionReport AgainOptions AppendedWindow AppendsOfOptions AuditEntry BackfillRange BadRecord BatchReport BatchSource BatchTransform ColumnWindow Config ConsoleReport FilesOptions FilesReport FilesSource Finding IncrementalJob IncrementalJobOptions IncrementalState IterableOptions JobCallOptions JobRange JobReport JobRun JobStateMove JobWrite KafkaOptions KeptState LintOptions LintRule MeasureFunction MessageColumn MessageFormat MetadataSource NextOffset NextOptions OffsetRange OpenStream OutputReport ParseOptions ParsedWorkflow PlannedSource ReadOptions RunKind RunOptions SchemaRegistryOptions SessionOptions ShownRows SourceLog SourceReport StandingBatch StandingTable StartingOffsets StateStore StopOptions StoredState StreamAggregate StreamAmount StreamContext StreamJob StreamJobOptions StreamMeasure StreamOffset StreamOrigin StreamPlan StreamRows StreamRunOptions StreamSource StreamStatus StreamTotals StreamTrigger StreamWatermark TableReport TableSource WindowReport Workflow WorkflowReport WritePlan",
        "values": "appendsOf backfillJob columnTagsOf createFileStateStore createMemoryStateStore files findConfigFile incrementalJob iterable jobState kafka lintWorkflow loadConfigFile moveJobState parseConfig parseWorkflow replayJob resetStreamState runWorkflow streamJob streamState",
      }
    `)
  })

  it.each(ENTRIES)('are all that %s says at run time', async (entry) => {
    const module: object = await import(`../src/${entry}.ts`)
    expect(Object.keys(module).sort().join(' ')).toBe(namesOf(entry).values)
  })

  it.each(ENTRIES)('are all promised something where they are declared: %s', (entry) => {
    const bare = exportsOf(entry).filter(({ name, owner }) => {
      const text = readFileSync(join(ROOT, 'src', owner), 'utf8')
      const kind = '(?:declare )?(?:async )?(?:function\\*?|class|interface|type|const)'
      return !new RegExp(`\\*/\\nexport ${kind} ${name}\\b`).test(text)
    })
    expect(bare.map(({ name, owner }) => `${name} of ${owner}`)).toEqual([])
  })
})

describe('the package', () => {
  it('works from its tarball, in plain Node and under the compiler', async () => {
    const folder = temporaryFolder()
    const { stdout } = await run(
      'npm',
      ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
      { cwd: ROOT },
    )
    const [packed] = parseJson(stdout) as [
      { readonly filename: string; readonly files: readonly { readonly path: string }[] },
    ]
    const odd = packed.files.filter(
      ({ path }) => !/^(dist\/.*\.(js|d\.ts)|dist\/command\/NOTICES\.txt|[^/]+)$/.test(path),
    )
    expect(odd).toEqual([])
    expect(packed.files.map(({ path }) => path)).toEqual(
      expect.arrayContaining([
        'LICENSE',
        'README.md',
        'dist/cli.js',
        'dist/command/NOTICES.txt',
        'package.json',
      ]),
    )
    const modules = join(folder, 'node_modules')
    mkdirSync(modules)
    await run('tar', ['-xzf', packed.filename], { cwd: folder })
    await run('mv', ['package', 'node_modules/frazil'], { cwd: folder })
    linkDependencies(modules)

    const program = /```ts\n(.*?)```/s.exec(
      readFileSync(join(modules, 'frazil/README.md'), 'utf8'),
    )?.[1]
    const others =
      "import { createLocalStore } from 'frazil/io'\nimport { parseConfig } from 'frazil/jobs'\n"
    writeFileSync(
      join(folder, 'main.mts'),
      `${others}${program}console.log(typeof createLocalStore, typeof parseConfig)\n`,
    )
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
    writeFileSync(join(folder, 'library.mts'), LIBRARY)
    const programs = ['main.mts', 'library.mts']
    await node(
      folder,
      join(locate('typescript'), 'bin/tsc'),
      ...flags,
      '--declaration',
      ...programs,
    )
    expect(await node(folder, 'main.mjs')).toBe('1n 12.50\nfunction function\n')
    await checkS3(folder, modules)
    expect(
      await node(
        folder,
        'node_modules/frazil/dist/cli.js',
        'scan',
        './warehouse/city/rides',
        '--select',
        'id',
      ),
    ).toBe('{"id":1}\n')
  })
})

/** S3 says what it needs where that is not installed, and is typed where it is. */
async function checkS3(folder: string, modules: string): Promise<void> {
  // Node looks in the folders above as well, and something may lie about there.
  const hooks = `export async function resolve(specifier, context, next) {
  return next(specifier.startsWith('@aws-sdk/') ? 'not-installed-here' : specifier, context)
}`
  const open = `import { register } from 'node:module'
register("data:text/javascript,${encodeURIComponent(hooks)}")
const { openWarehouse } = await import('frazil')
const warehouse = await openWarehouse('s3://bucket/tables', { s3: { region: 'eu-north-1' } })
await warehouse.loadTable('city.rides').catch((error) => console.log(error.kind, error.message))
`
  writeFileSync(join(folder, 'absent.mjs'), open)
  expect(await node(folder, 'absent.mjs')).toBe(
    'unsupported tables in S3 need the package @aws-sdk/client-s3: install it beside this one\n',
  )
  symlinkSync(locate('@aws-sdk'), join(modules, '@aws-sdk'))
  symlinkSync(locate('@smithy'), join(modules, '@smithy'))
  writeFileSync(
    join(folder, 's3.mts'),
    `import { S3Client } from '@aws-sdk/client-s3'
import { createS3Store } from 'frazil/s3'
const store = createS3Store({ client: new S3Client({ region: 'eu-north-1' }) })
console.log(typeof store.put)
`,
  )
  const flags = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node']
  await node(folder, join(locate('typescript'), 'bin/tsc'), ...flags, '--skipLibCheck', 's3.mts')
  expect(await node(folder, '--no-warnings', 's3.mjs')).toBe('function\n')
}

/** What an installation would put beside the package; from this checkout, so that nothing is downloaded. */
function linkDependencies(modules: string): void {
  const manifest = parseJson(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  mkdirSync(join(modules, '@types'))
  for (const name of [...Object.keys(manifest.dependencies), '@types/node']) {
    symlinkSync(locate(name), join(modules, name))
  }
}

/** The folder of an installed package. */
function locate(name: string): string {
  return join(ROOT, 'node_modules', name)
}

async function node(cwd: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd }).catch(
    (error: { stdout: string; stderr: string }) => {
      throw new Error(`${error.stdout}${error.stderr}`)
    },
  )
  return stdout
}
