import { make } from '../page/elements.ts'
import { timeLeft } from './deadline.ts'

/** A deadline that counts down: a shape, a figure and a colour, so that nobody needs the colour. */
export interface ClockView {
  readonly node: HTMLElement
  /** Draws what is left at `now`, ms since 1970. */
  tick(now: number): void
}

/** A clock in `node`, or in a new element; both times in ms since 1970. */
export function clockView(
  since: number,
  deadline: number,
  node: HTMLElement = make('span', 'clock'),
): ClockView {
  const pie = make('span', 'clock-pie')
  pie.setAttribute('aria-hidden', 'true')
  const figure = make('span', 'clock-figure')
  figure.setAttribute('aria-hidden', 'true')
  // By the minute: who walks through the queue by ear is not told of seconds.
  const spoken = make('span', 'sr-only')
  node.replaceChildren(pie, figure, spoken)
  const view: ClockView = {
    node,
    tick(now) {
      const left = timeLeft(since, deadline, now)
      if (figure.textContent === left.text) return
      figure.textContent = left.text
      if (spoken.textContent !== `, ${left.spoken}`) spoken.textContent = `, ${left.spoken}`
      node.dataset['urgency'] = left.urgency
      pie.style.setProperty('--left', left.part.toFixed(3))
    },
  }
  view.tick(Date.now())
  return view
}
