import type { Log } from '../platform/log.ts'

/** A log that tests read. */
export class RecordingLog implements Log {
  readonly lines: { level: 'warn' | 'error'; message: string; fields: Readonly<Record<string, unknown>> }[] =
    []
  readonly counts = new Map<string, number>()

  warn(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'warn', message, fields })
  }

  error(message: string, fields: Readonly<Record<string, unknown>>): void {
    this.lines.push({ level: 'error', message, fields })
  }

  count(metric: string, by = 1): void {
    this.counts.set(metric, (this.counts.get(metric) ?? 0) + by)
  }
}
