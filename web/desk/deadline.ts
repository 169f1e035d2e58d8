/** How urgent a deadline is: `soon` in its last fifth or its last minute, `over` when it is past. */
export type Urgency = 'calm' | 'soon' | 'over'

/** What is shown of a deadline. */
export interface TimeLeft {
  /** `4:05`, `1 h 05 min`, or `time is up`. */
  readonly text: string
  /** For who hears it: `4 minutes left`. */
  readonly spoken: string
  readonly urgency: Urgency
  /** Of the time there was, 0 to 1. */
  readonly part: number
}

/** What is left until `deadline`, of the time since `since`; all in ms since 1970. */
export function timeLeft(since: number, deadline: number, now: number): TimeLeft {
  const left = deadline - now
  const part = Math.min(1, Math.max(0, left / Math.max(1, deadline - since)))
  if (!(left > 0)) return { text: 'time is up', spoken: 'time is up', urgency: 'over', part: 0 }
  const seconds = Math.ceil(left / 1000)
  const minutes = Math.floor(seconds / 60)
  const urgency = seconds <= 60 || part <= 0.2 ? 'soon' : 'calm'
  const two = (n: number): string => String(n).padStart(2, '0')
  const text =
    minutes < 60
      ? `${minutes}:${two(seconds % 60)}`
      : `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`
  const spoken =
    minutes < 1 ? 'less than a minute left' : minutes === 1 ? '1 minute left' : `${minutes} minutes left`
  return { text, spoken, urgency, part }
}
