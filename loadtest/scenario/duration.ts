/** Milliseconds in each unit a duration may be written in. */
const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000 }

/** What a duration looks like, for messages. */
export const durationExample = 'a duration with its unit: 250ms, 60s, 5m or 1h'

/** Milliseconds of `250ms`, `1.5s`, `5m`, `1h`; undefined for anything else, a bare number too. */
export function durationMs(text: string): number | undefined {
  const [, digits = '', unit = ''] = /^(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|min|h)$/.exec(text.trim()) ?? []
  const each = unitMs[unit]
  return each === undefined ? undefined : Number(digits) * each
}
