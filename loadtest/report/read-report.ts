import { type LoadReport, reportFormat } from './report.ts'

/** The file is no report of ours; the message has the remedy. */
export class ReportFileError extends Error {
  override readonly name = 'ReportFileError'
  readonly code = 'BAD_REPORT'
}

/** What every report has, so that a file that was cut off is told from one that was written. */
const parts = [
  'name',
  'startedAt',
  'durationMs',
  'total',
  'phases',
  'series',
  'events',
  'losses',
  'unfit',
  'verdicts',
  'bill',
  'tester',
  'aimedAt',
] as const satisfies readonly (keyof LoadReport)[]

/** A report as `--json` wrote it. Throws ReportFileError. */
export function readReport(text: string, file: string): LoadReport {
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch (cause) {
    throw new ReportFileError(
      `${file} is no JSON (${(cause as Error).message}); name a report that --json wrote`,
      { cause },
    )
  }
  const report: object = typeof read === 'object' && read !== null ? read : {}
  const format = 'format' in report ? report.format : undefined
  if (format !== reportFormat)
    throw new ReportFileError(
      `${file} has the format ${JSON.stringify(format) ?? 'absent'}, expected ${JSON.stringify(reportFormat)}; name a report that this version's --json wrote`,
    )
  const missing = parts.filter((part) => !(part in report))
  if (missing.length > 0)
    throw new ReportFileError(`${file} lacks ${missing.join(', ')}; name a report as --json wrote it`)
  return report as LoadReport
}
