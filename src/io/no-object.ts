import { IcebergError } from '../base/errors.ts'

/** What who reads all files of a folder says of one that a listing was told is no object, rather than to leave its rows out. */
export function noObject(location: string): IcebergError {
  return new IcebergError(
    'unsupported',
    'links are not followed, nor are files read whose names are no UTF-8: put a file in its place, or hide it by a name that begins with `_`',
    { context: { file: location } },
  )
}
