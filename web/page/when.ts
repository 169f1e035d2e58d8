const units = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const

/** `just now`, `2 minutes ago`, in the reader's language; both times in ms since 1970. A time to come is now: clocks differ. */
export function describeWhen(at: number, now: number, locale?: string): string {
  const passed = now - at
  for (const [unit, ms] of units) {
    if (passed >= ms) {
      return new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(-Math.floor(passed / ms), unit)
    }
  }
  return 'just now'
}
