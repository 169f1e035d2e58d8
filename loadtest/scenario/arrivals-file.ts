/**
 * Arrivals as they once happened: the times of a CSV file, its busiest stretch, made shorter with its spacing kept.
 *
 * @module
 */
import { readFileSync, statSync } from 'node:fs'

export interface FileArrivals {
  /** Ms after the phase's beginning, in order. */
  readonly offsetsMs: readonly number[]
  /** Each arrival's row: column and cell. */
  readonly rows: readonly Readonly<Record<string, string>>[]
}

export interface ArrivalsWanted {
  readonly path: string
  /** Column of the times. */
  readonly at: string
  /** Ms; absent: the whole file. */
  readonly busiest?: number | undefined
  /** Ms that the stretch is made to last; absent: as long as it was. */
  readonly within?: number | undefined
  /** Ms into it, after compression, at which the phase begins. */
  readonly skip: number
  /** Ms that the phase lasts. */
  readonly durationMs: number
}

/** A CSV file of more is not read, bytes: some million arrivals. */
const fileBytesMost = 64 * 1024 * 1024

/** The file cannot be used; the message ends with the remedy. */
export class ArrivalsFileError extends Error {
  override readonly name = 'ArrivalsFileError'
  readonly code = 'BAD_ARRIVALS'
}

/** The arrivals of one phase. Throws ArrivalsFileError. */
export function fileArrivals(wanted: ArrivalsWanted): FileArrivals {
  const rows = readRows(wanted)
  const stretch = busiestStretch(rows, wanted.busiest)
  const from = stretch.rows[0]?.atMs ?? 0
  const factor = // The stretch's last arrival still falls into it.
    wanted.within === undefined ? 1 : Math.max(wanted.within - 1, 1) / Math.max(1, stretch.lengthMs)
  const placed = stretch.rows
    .map(({ atMs, row }) => ({ offset: (atMs - from) * factor - wanted.skip, row }))
    .filter(({ offset }) => offset >= 0 && offset < wanted.durationMs)
  return { offsetsMs: placed.map(({ offset }) => offset), rows: placed.map(({ row }) => row) }
}

interface Row {
  readonly atMs: number
  readonly row: Readonly<Record<string, string>>
}

/** The rows of the stretch with the most of them, and how long it is. */
function busiestStretch(rows: readonly Row[], lengthMs: number | undefined) {
  if (lengthMs === undefined) {
    const whole = (rows.at(-1)?.atMs ?? 0) - (rows[0]?.atMs ?? 0)
    return { rows, lengthMs: whole }
  }
  let best = { from: 0, to: 0 }
  let to = 0
  for (const [from, { atMs }] of rows.entries()) {
    while (to < rows.length && (rows[to]?.atMs ?? 0) <= atMs + lengthMs) to++
    if (to - from > best.to - best.from) best = { from, to }
  }
  return { rows: rows.slice(best.from, best.to), lengthMs }
}

function readRows({ path, at }: ArrivalsWanted): readonly Row[] {
  let text: string
  try {
    const about = statSync(path)
    if (!about.isFile() || about.size > fileBytesMost)
      throw new ArrivalsFileError(
        `${path}: is no plain file of at most ${fileBytesMost / 1_048_576} MB; name a CSV file relative to the scenario`,
      )
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (cause instanceof ArrivalsFileError) throw cause
    const why = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(cause)
    throw new ArrivalsFileError(`${path}: ${why}; name a CSV file relative to the scenario`, { cause })
  }
  const [header = '', ...lines] = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  if (header.includes('"'))
    throw new ArrivalsFileError(`${path}:1: has quoted cells; give plain commas between cells`)
  const columns = header.split(',').map((name) => name.trim())
  const place = columns.indexOf(at)
  if (place === -1)
    throw new ArrivalsFileError(`${path}: no column ${JSON.stringify(at)}; there are ${columns.join(', ')}`)
  const rows = lines.flatMap((line, index): Row[] => {
    if (line.trim() === '') return []
    const cells = line.split(',')
    const atMs = Date.parse(cells[place] ?? '')
    if (line.includes('"') || cells.length > columns.length || Number.isNaN(atMs))
      throw new ArrivalsFileError(
        `${path}:${index + 2}: ${JSON.stringify(line.slice(0, 80))} is no row of ${columns.length} plain cells with a time in ${at}; mend it there`,
      )
    return [{ atMs, row: Object.fromEntries(columns.map((name, column) => [name, cells[column] ?? ''])) }]
  })
  if (rows.length === 0) throw new ArrivalsFileError(`${path}: has no rows; it needs a row an arrival`)
  return rows.toSorted((a, b) => a.atMs - b.atMs)
}
