/** Figures, and values that somebody wrote, as people read them. */

/** `1,215,601`; under ten with up to three digits after the point. */
export function numberText(value: number): string {
  const digits = Math.abs(value) < 10 ? 3 : 0
  return value.toLocaleString('en-GB', { maximumFractionDigits: digits })
}

/** `$1,234.50`; cents below a dollar as far as they say anything. */
export function dollarsText(dollars: number): string {
  const small = Math.abs(dollars) < 1 && dollars !== 0
  return dollars.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    maximumFractionDigits: small ? 4 : 2,
    minimumFractionDigits: 2,
  })
}

/** `1 message a second`, `1 message in 10 s`. */
export function rateText(perSecond: number): string {
  if (perSecond >= 1) return `${numberText(perSecond)} message${perSecond === 1 ? '' : 's'} a second`
  return perSecond === 0 ? 'no message' : `1 message in ${numberText(1 / perSecond)} s`
}

/** `1 s`, `1 min 40 s`, `2 h`. */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${numberText(seconds)} s`
  const rounded = Math.round(seconds)
  if (rounded < 3600) {
    return rounded % 60 === 0 ? `${rounded / 60} min` : `${Math.floor(rounded / 60)} min ${rounded % 60} s`
  }
  return `${numberText(rounded / 3600)} h`
}

/** A text of others in one line that ends: control characters are shown as escapes, and what is long is cut. */
export function oneLine(text: string, charactersMax = 200): string {
  const shown = text.replaceAll(/\p{C}/gu, (character) => JSON.stringify(character).slice(1, -1))
  const line = shown.replaceAll(/[\p{C}\u2028\u2029]/gu, '\uFFFD')
  return line.length > charactersMax ? `${line.slice(0, charactersMax)}…` : line
}
