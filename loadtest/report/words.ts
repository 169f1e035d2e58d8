/** Figures of a load test as people read them. */
import { dollarsText, numberText } from '../../topics/cost/words.ts'

/** `0.42 ms`, `12.3 ms`, `1.25 s`; `–` for none. */
export function msText(ms: number | undefined | null): string {
  if (ms === undefined || ms === null || Number.isNaN(ms)) return '–'
  if (ms >= 10_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`
  if (ms >= 100) return `${ms.toFixed(0)} ms`
  return ms >= 10 ? `${ms.toFixed(1)} ms` : `${ms.toFixed(2)} ms`
}

/** A figure in the unit of its metric. */
export function unitText(value: number | undefined, unit: 'count' | 'rate' | 'ms' | 'dollars'): string {
  if (value === undefined) return '–'
  if (unit === 'ms') return msText(value)
  if (unit === 'dollars') return dollarsText(value)
  return unit === 'rate' ? `${numberText(value)}/s` : numberText(value)
}

/** `1 min 5 s`, `12.4 s`. */
export function spanText(ms: number): string {
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`
  const seconds = Math.round(ms / 1000)
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}

/** `2026-11-21 09:48 UTC` of an RFC 3339 time in UTC. */
export function minuteText(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 16)} UTC`
}
