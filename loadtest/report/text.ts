import { thresholdMetrics } from '../plan.ts'
import type { LoadReport } from './report.ts'
import { type Section, sections } from './sections.ts'
import { painter } from './style.ts'
import { tableLines } from './table.ts'
import { spanText, unitText } from './words.ts'

const endings = {
  completed: 'to its end',
  stopped: 'stopped before its end',
  unreachable: 'the target could not be used',
  lost: 'the target went away',
  failed: 'the tester could not go on',
} as const

/** How a run ended, in a sentence. */
export function endText({ ended, endedBecause, durationMs }: LoadReport): string {
  return `${endings[ended]}, ${spanText(durationMs)}${ended === 'completed' ? '' : `: ${endedBecause}`}`
}

/** The report in lines of text; in colours only where `colour` is. */
export function reportText(
  report: LoadReport,
  { colour = false }: { readonly colour?: boolean } = {},
): string {
  const paint = painter(colour)
  const { verdicts, events } = report
  const lines = [
    paint.bold(report.name),
    `${report.aimedAt.httpUrl} · ${endText(report)} · run ${report.run}, seed ${report.seed}`,
    '',
    ...verdicts.map(({ held, text, value, threshold, why }) => {
      const found =
        value === undefined ? (why ?? '–') : unitText(value, thresholdMetrics[threshold.metric].unit)
      return `  ${held ? paint.good('holds ') : paint.bad('FAILED')}  ${text}: ${found}`
    }),
    ...(verdicts.length > 0 ? [''] : []),
    ...sections(report).flatMap((section) => sectionLines(section, paint)),
    ...(events.first.length > 0
      ? [
          paint.bold('What happened'),
          ...events.first.map(({ atMs, level, what }) => {
            const line = `  ${spanText(atMs).padStart(12)}  ${what}`
            return level === 'warn' ? paint.warn(line) : line
          }),
          ...(events.total > events.first.length ? [`  and ${events.total - events.first.length} more`] : []),
          '',
        ]
      : []),
    report.passed ? paint.good('PASSED') : paint.bad(report.ended === 'stopped' ? 'STOPPED' : 'FAILED'),
  ]
  return `${lines.join('\n')}\n`
}

function sectionLines({ title, note, rows }: Section, paint: ReturnType<typeof painter>): readonly string[] {
  const lines = [paint.bold(title)].concat(tableLines(rows))
  if (note !== undefined) lines.push(paint.quiet(`  ${note}`))
  lines.push('')
  return lines
}
