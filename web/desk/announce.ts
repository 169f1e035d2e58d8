/**
 * What a screen reader is told. Sentences that come together are said together.
 *
 * @module
 */

/** How long sentences wait for others, ms. */
const togetherMs = 250

/** Answers a function that says a sentence in `region`, a polite live region. */
export function announcer(region: HTMLElement): (sentence: string) => void {
  let waiting: string[] = []
  return (sentence) => {
    if (waiting.push(sentence) > 1) return
    setTimeout(() => {
      const said = waiting.join(' ')
      waiting = []
      // The same sentence once more is news only if the text is another.
      region.textContent = region.textContent === said ? `${said}\u00A0` : said
    }, togetherMs)
  }
}

/** The sentence for conversations that came together. */
export function arrivals(
  came: readonly { readonly customer?: string | undefined; readonly question: string }[],
): string {
  const [only] = came
  if (came.length !== 1 || !only) return `${came.length} new conversations.`
  return `New: ${only.customer ?? 'a customer'} writes: ${only.question}`
}
