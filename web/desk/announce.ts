/**
 * What happened, in a line that is seen and heard. Sentences that come together are said together.
 *
 * @module
 */

/** How long sentences wait for others, and how long they stand, ms. */
const togetherMs = 250
const standMs = 8000

/** Answers a function that says a sentence in `region`, a polite live region. */
export function announcer(region: HTMLElement): (sentence: string) => void {
  let waiting: string[] = []
  let over: ReturnType<typeof setTimeout> | undefined
  return (sentence) => {
    if (waiting.push(sentence) > 1) return
    setTimeout(() => {
      const said = waiting.join(' ')
      waiting = []
      // The same sentence once more is news only if the text is another.
      clearTimeout(over)
      over = setTimeout(() => region.replaceChildren(), standMs)
      region.textContent = region.textContent === said ? `${said}\u00A0` : said
    }, togetherMs)
  }
}

/** Somebody who asks. */
export interface Arrival {
  readonly customer?: string | undefined
  readonly question: string
}

/** How long those who come wait for others, ms. */
const gatherMs = 500

/** Answers a function that says who came: those of half a second in one sentence. */
export function arrivalTeller(announce: (sentence: string) => void): (came: readonly Arrival[]) => void {
  let waiting: Arrival[] = []
  return (came) => {
    if (came.length === 0) return
    if (waiting.length === 0) {
      setTimeout(() => {
        announce(arrivals(waiting))
        waiting = []
      }, gatherMs)
    }
    waiting.push(...came)
  }
}

/** The sentence for conversations that came together. */
export function arrivals(came: readonly Arrival[]): string {
  const [only] = came
  if (came.length !== 1 || !only) return `${came.length} new conversations.`
  return `New: ${only.customer ?? 'a customer'} writes: ${only.question}`
}
