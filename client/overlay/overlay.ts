/**
 * What goes wrong, shown on the page while one develops: problems, denials and losses, each with a remedy. Only on this
 * machine's own addresses unless told; everywhere else problems go to the console, as without it.
 *
 * @module
 */
import type { BaseClient } from '../core.ts'
import type { Problem } from '../errors.ts'
import { overlayPanel } from './panel.ts'
import { lossRemedies, remedies } from './remedies.ts'

/** Where the overlay is shown. */
export interface OverlayOptions {
  /** Default: only where the page's host is localhost, a name below it, 127.0.0.1 or [::1]. */
  readonly show?: boolean
}

/** What tells the overlay of problems. */
export interface Overlay {
  /** For the option `onProblem` of `connect`. */
  readonly onProblem: (problem: Problem) => void
  /** Shows losses of this client that do not pass by themselves; the answer ends that. */
  watch(client: Pick<BaseClient, 'on' | 'status'>): () => void
}

/**
 * An overlay, not shown before there is something to say.
 *
 * @example
 * const overlay = createOverlay()
 * const client = connect({ api: '', onProblem: overlay.onProblem })
 * overlay.watch(client)
 */
export function createOverlay(options: OverlayOptions = {}): Overlay {
  const panel = (options.show ?? isLocal()) && globalThis.document ? overlayPanel() : undefined
  return {
    onProblem(problem) {
      const { topic, code, detail, cause } = problem
      console.warn(`fanfare: ${topic}: ${code}: ${detail}`, ...(cause === undefined ? [] : [cause]))
      panel?.show({ key: `${code} ${topic}`, title: code, where: topic, detail, remedy: remedies[code] })
    },
    watch(client) {
      const look = ({ state, reason, detail }: typeof client.status): void => {
        const remedy = (lossRemedies as Record<string, string | undefined>)[reason ?? '']
        if (state === 'live') panel?.forget('connection')
        else if (remedy && reason)
          panel?.show({ key: 'connection', title: reason, where: 'connection', detail: detail ?? '', remedy })
      }
      look(client.status)
      return client.on('status', look)
    },
  }
}

function isLocal(): boolean {
  const host = globalThis.location?.hostname ?? ''
  return /^(localhost|.*\.localhost|127(\.\d+){3}|\[::1\])$/.test(host)
}
