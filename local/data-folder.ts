/**
 * The folder of everything that outlives a run: one stack at a time uses it.
 *
 * @module
 */
import { accessSync, constants, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** The folder cannot be used: one line with the remedy. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError'
  readonly code = 'DATA_FOLDER_UNFIT'
}

/** SQLite's lock is the system's own: it ends with the process, by SIGKILL too, and is never left behind. */
const lockFile = 'in-use.db'

/** What a stack keeps in its folder, SQLite's files beside each database included. */
const ours = /^(?:(?:tables|messages|iot|in-use)\.db(?:-wal|-shm|-journal)?|keys|lambda|mail)$/

/**
 * Takes the folder, making it when missing; the answer gives it back. Throws DataFolderError when it cannot be
 * written, or another stack has it.
 */
export function takeDataFolder(folder: string): () => void {
  try {
    mkdirSync(folder, { recursive: true })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw unusable(folder, (error as NodeJS.ErrnoException).code ?? String(error), error)
  }
  let database: DatabaseSync | undefined
  try {
    database = new DatabaseSync(join(folder, lockFile))
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    const message = error instanceof Error ? error.message : String(error)
    if (!/locked/.test(message)) throw unusable(folder, message, error)
    throw new DataFolderError(
      `another stack uses the data folder ${folder}. Stop it, or set FANFARE_DATA to another folder.`,
      { cause: error },
    )
  }
  const held = database
  return () => held.close()
}

/**
 * Empties the folder. Throws DataFolderError, with nothing removed, when another stack has it, or when it holds what
 * no stack put there: a mistaken FANFARE_DATA must not cost anyone their files.
 */
export function emptyDataFolder(folder: string): void {
  const giveBack = takeDataFolder(folder)
  try {
    const names = readdirSync(folder)
    const foreign = names.find((name) => !ours.test(name))
    if (foreign !== undefined) {
      throw new DataFolderError(
        `${folder} is not emptied: ${JSON.stringify(foreign)} in it is not the stack's. Set FANFARE_DATA to a folder of the stack's own.`,
      )
    }
    for (const name of names) rmSync(join(folder, name), { recursive: true, force: true })
  } catch (error) {
    if (error instanceof DataFolderError) throw error
    throw unusable(folder, (error as NodeJS.ErrnoException).code ?? String(error), error)
  } finally {
    giveBack()
  }
}

function unusable(folder: string, problem: string, cause: unknown): DataFolderError {
  return new DataFolderError(
    `the data folder ${folder} cannot be used (${problem}). Set FANFARE_DATA to a folder of yours.`,
    { cause },
  )
}
