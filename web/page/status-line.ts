import type { ClientStatus } from '../../client/index.ts'
import { element } from './elements.ts'

/** What each status says to people. */
export function describeStatus({ state, reason }: ClientStatus): string {
  if (state === 'live') return 'Live'
  if (state === 'offline') return 'Offline, trying again'
  return reason === 'connecting' ? 'Connecting' : 'Catching up'
}

/** Draws a status; a shape and a text, so that nobody needs its colour. */
export function drawStatus(status: ClientStatus): void {
  const line = element('status')
  line.dataset['state'] = status.state
  const text = element('status-text')
  const words = describeStatus(status)
  if (text.textContent !== words) text.textContent = words
}
