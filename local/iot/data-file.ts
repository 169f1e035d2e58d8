/**
 * The SQLite file of what outlives the broker.
 *
 * @module
 */
import { DatabaseSync } from 'node:sqlite'

/** A data file that cannot be used: which, and what SQLite says of it. */
export class DataFileError extends Error {
  override readonly name = 'DataFileError'
  readonly code = 'DATA_FILE'
}

/** Opens or makes the file, or memory for `:memory:`, with this schema in it. @throws DataFileError */
export function openDataFile(file: string, schema: string): DatabaseSync {
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(file)
    database.exec(schema)
    return database
  } catch (cause) {
    if (database?.isOpen) database.close()
    throw new DataFileError(
      `the data file ${file} cannot be used (${(cause as Error).message}); its folder must be there and writable, and the file a broker's own. Give another, or move it away`,
      { cause },
    )
  }
}
