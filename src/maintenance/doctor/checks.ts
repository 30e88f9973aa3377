// Everything that is checked beside the invariants of metadata: what it means that a check finds something, and the way out.

/**
 * How bad it is. `damage`: rows are lost or wrong, or some engine cannot read the table or write to it. `notice`: rows are
 * read as they should be; something is waste, unknown or not as the specification wants it.
 */
export type Severity = 'damage' | 'notice'

/** What it means that a check finds something. */
export interface Check {
  readonly severity: Severity
  readonly message: string
  readonly whatToDo: string
}

const RESTORE =
  'restore the file from a copy, roll back to a snapshot that does not need it, or let the snapshots expire that do'
const REWRITE_MANIFESTS = 'rewrite the manifests of the table'
const FORMER_METADATA = 'go back to the last metadata file before this one'
const REWRITE_FILE =
  'rewrite the file: its rows are right, what is recorded of them may hide some of them'
const NOTHING = 'nothing needs to be done'

/** Each check by name, but those of the invariants of metadata, which have names of their own. */
export type CheckName =
  | 'missing-metadata'
  | 'unreadable-metadata'
  | 'duplicate-field-id'
  | 'reused-column-id'
  | 'reused-partition-id'
  | 'unknown-schema-id'
  | 'snapshot-parent'
  | 'sequence-number-order'
  | 'snapshot-row-ids'
  | 'snapshot-log-end'
  | 'ref-retention'
  | 'name-mapping'
  | 'stray-statistics'
  | 'missing-former-metadata'
  | 'unreadable-former-metadata'
  | 'foreign-version'
  | 'version-hint'
  | 'unreadable-version-hint'
  | 'missing-manifest-list'
  | 'unreadable-manifest-list'
  | 'missing-manifest'
  | 'unreadable-manifest'
  | 'manifest-length'
  | 'unknown-spec-id'
  | 'manifest-counts'
  | 'manifest-summaries'
  | 'manifest-sequence-number'
  | 'unknown-sort-order'
  | 'duplicate-file'
  | 'summary-totals'
  | 'summary-size'
  | 'dangling-delete'
  | 'dangling-deletion-vector'
  | 'duplicate-deletion-vector'
  | 'row-id-overlap'
  | 'row-ids-to-come'
  | 'missing-data-file'
  | 'missing-delete-file'
  | 'missing-statistics'
  | 'unreadable-statistics'
  | 'file-size'
  | 'unreadable-data-file'
  | 'unreadable-delete-file'
  | 'misfit-columns'
  | 'record-count'
  | 'value-counts'
  | 'unsound-bounds'
  | 'split-offsets'
  | 'deletion-vector-place'
  | 'wrong-partition'
  | 'broken-sort-order'
  | 'not-examined'

export const CHECKS: Readonly<Record<CheckName, Check>> = {
  // Table metadata.
  'missing-metadata': damage('metadata file of the table is missing', FORMER_METADATA),
  'unreadable-metadata': damage('metadata file is no table metadata', FORMER_METADATA),
  'duplicate-field-id': damage('two columns of a schema have one id', FORMER_METADATA),
  'reused-column-id': damage(
    'last column id is below a column id: a new column would get the id of another',
    'change the schema with this library, which counts from the highest id',
  ),
  'reused-partition-id': damage(
    'last partition id is below a partition field id: a new field would get the id of another',
    'change the partition spec with this library, which counts from the highest id',
  ),
  'unknown-schema-id': damage(
    'snapshot was made with a schema that the table lacks',
    FORMER_METADATA,
  ),
  'snapshot-parent': damage('snapshot is its own ancestor', FORMER_METADATA),
  'sequence-number-order': damage(
    'sequence number of a snapshot does not rise above that of its parent',
    FORMER_METADATA,
  ),
  'snapshot-row-ids': damage('two snapshots gave the same row ids', FORMER_METADATA),
  'snapshot-log-end': damage(
    'snapshot log ends with another snapshot than the current one: reads as of a time get the other',
    'commit to the main branch, which ends the log with its snapshot, or go back to the last metadata file before this one',
  ),
  'ref-retention': damage(
    'branch or tag has a retention that it cannot have: some engines do not load the table',
    'set the retention of the branch or tag anew, or drop it',
  ),
  'name-mapping': damage(
    'property schema.name-mapping.default is no name mapping: files without field ids cannot be read',
    'set the property anew, or remove it when all files have field ids',
  ),
  'stray-statistics': notice('statistics are of a snapshot that the table lacks', NOTHING),
  'missing-former-metadata': notice(
    'metadata log names a file that is missing',
    'nothing needs to be done: the table cannot be set back to that version',
  ),
  'unreadable-former-metadata': notice(
    'metadata log names a file that is no table metadata',
    'nothing needs to be done: the table cannot be set back to that version',
  ),
  'foreign-version': damage(
    'metadata log names a version of another table',
    'find out who else writes to this folder before anything is cleaned up',
  ),
  'version-hint': damage(
    'version hint names a version that is not there',
    'write the number of the newest version to it, or remove it',
  ),
  'unreadable-version-hint': notice(
    'version hint is not a number: readers look for the newest version without it',
    'write the number of the newest version to it, or remove it',
  ),
  // Manifest lists and manifests.
  'missing-manifest-list': damage('manifest list of a snapshot is missing', RESTORE),
  'unreadable-manifest-list': damage('manifest list of a snapshot cannot be read', RESTORE),
  'missing-manifest': damage('manifest is missing', RESTORE),
  'unreadable-manifest': damage('manifest cannot be read', RESTORE),
  'manifest-length': damage('manifest has another length than its list says', REWRITE_MANIFESTS),
  'unknown-spec-id': damage('manifest has a partition spec that the table lacks', FORMER_METADATA),
  'manifest-counts': damage(
    'manifest has other files or rows than its list says',
    REWRITE_MANIFESTS,
  ),
  'manifest-summaries': damage(
    'manifest has a partition outside of what its list says: scans may pass over it',
    REWRITE_MANIFESTS,
  ),
  'manifest-sequence-number': damage(
    'sequence numbers of a manifest and of its entries or its snapshot contradict each other',
    REWRITE_MANIFESTS,
  ),
  'unknown-sort-order': notice('file claims a sort order that the table lacks', NOTHING),
  // Snapshots.
  'duplicate-file': damage(
    'snapshot lists a file twice: its rows are read twice',
    'remove one of the entries, by a commit that deletes the file and adds it once',
  ),
  'summary-totals': damage(
    'totals in the summary of a snapshot are not those of its files',
    'count rows with a filter until then: some engines answer from these; every commit carries them on',
  ),
  'summary-size': notice(
    'size in the summary of a snapshot is not that of its files',
    'nothing needs to be done: it is told to people alone',
  ),
  'dangling-delete': notice(
    'delete file applies to no data file of its snapshot',
    'rewrite the delete files of the table, to save room',
  ),
  'dangling-deletion-vector': damage(
    'deletion vector is of a data file that its snapshot lacks',
    'remove the vector: from version 3 on it must go with its data file',
  ),
  'duplicate-deletion-vector': damage(
    'data file has two deletion vectors in a snapshot: readers take either',
    'merge them into one, or roll back to a snapshot that has one',
  ),
  'row-id-overlap': damage(
    'two files of a snapshot have the same row ids',
    'rewrite one of the files, without its row ids',
  ),
  'row-ids-to-come': damage(
    'a file has row ids that the table has not given yet: other rows will get them too',
    'set next-row-id above them, before the next commit',
  ),
  // Files of rows, of deletes and of statistics.
  'missing-data-file': damage('data file is missing', RESTORE),
  'missing-delete-file': damage('delete file is missing: deleted rows are back', RESTORE),
  'missing-statistics': damage(
    'statistics file is missing',
    'compute the statistics anew, or remove them from the table',
  ),
  'unreadable-statistics': damage(
    'statistics file cannot be read',
    'compute the statistics anew, or remove them from the table',
  ),
  'file-size': damage('file has another size than is recorded', RESTORE),
  'unreadable-data-file': damage('data file cannot be read', RESTORE),
  'unreadable-delete-file': damage('delete file cannot be read: deleted rows are back', RESTORE),
  'misfit-columns': damage(
    'data file cannot be read with the schema of the table',
    'correct the schema, or go back to the last metadata file before this one, whose schema fits',
  ),
  'record-count': damage('file has another number of rows than is recorded', REWRITE_FILE),
  'value-counts': damage('column has other counts than are recorded', REWRITE_FILE),
  'unsound-bounds': damage('column has values beyond its recorded bounds', REWRITE_FILE),
  'split-offsets': damage('split offsets do not ascend within the file', REWRITE_FILE),
  'deletion-vector-place': damage(
    'deletion vector does not say where in its file it is, or of which data file',
    RESTORE,
  ),
  'wrong-partition': damage(
    'file has rows of another partition than it is recorded in',
    REWRITE_FILE,
  ),
  'broken-sort-order': damage('rows are not in the order that the file claims', REWRITE_FILE),
  'not-examined': notice(
    'file is of a kind that is not read here',
    'examine it with an engine that reads it',
  ),
}

function damage(message: string, whatToDo: string): Check {
  return { severity: 'damage', message, whatToDo }
}

function notice(message: string, whatToDo: string): Check {
  return { severity: 'notice', message, whatToDo }
}
