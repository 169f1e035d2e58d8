/** A telethon file: CSV with a header line, one donation a row, sorted by time. */
import { readFileSync } from 'node:fs'
import { parse } from 'csv-parse/sync'

export interface TelethonRow {
  /** Milliseconds since 1970. */
  readonly at: number
  /** Minor units of the campaign's currency. */
  readonly amount: number
  readonly name?: string
  readonly email?: string
  readonly comment?: string
}

/** The file cannot be used; the message names the row and the remedy. */
export class TelethonFileError extends Error {
  override readonly name = 'TelethonFileError'
}

/** What stands in for the words of donors who left a comment: the file only says that they did. */
const standInComments = [
  'Thank you all for the great work!',
  'For the doctors, from all of us at the office.',
  'First time giving. You convinced me.',
  'Save the animals, kill the animals, feed the doctors!',
  'My daughter stayed up to see this. Greetings from Utrecht.',
  'Hi mum!',
] as const

/**
 * Reads a telethon file. Columns: `at` (ISO 8601) and `amount_cents`, or `amount` (both integers of minor units); optional
 * `name`, `email`, `comment`, `with_comment`.
 */
export function readTelethonFile(path: string): readonly TelethonRow[] {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)
    throw new TelethonFileError(`${path}: ${reason}. Name a CSV file, or none to replay the sample.`)
  }
  const rows = parse<Record<string, string | undefined>>(text, {
    columns: true,
    skip_empty_lines: true,
    trim: true,
    bom: true,
    relax_column_count: true,
  })
  if (rows.length === 0)
    throw new TelethonFileError(`${path}: no rows. It needs a header line and a row a donation.`)
  return rows.map((row, index) => readRow(path, row, index))
}

function readRow(path: string, row: Record<string, string | undefined>, index: number): TelethonRow {
  const line = index + 2
  const at = Date.parse(row['at'] ?? '')
  if (Number.isNaN(at)) {
    throw new TelethonFileError(
      `${path}:${line}: at is ${JSON.stringify(row['at'] ?? '')}, not a time such as 2015-07-26T04:42:25Z.`,
    )
  }
  const written = row['amount_cents'] ?? row['amount'] ?? ''
  if (!/^\d{1,15}$/.test(written)) {
    throw new TelethonFileError(
      `${path}:${line}: amount_cents is ${JSON.stringify(written)}, not a whole number of minor units such as 500.`,
    )
  }
  const comment =
    row['comment'] ??
    (row['with_comment'] === 'true' ? standInComments[index % standInComments.length] : undefined)
  return {
    at,
    amount: Number(written),
    ...(row['name'] ? { name: row['name'] } : {}),
    ...(row['email'] ? { email: row['email'] } : {}),
    ...(comment ? { comment } : {}),
  }
}
