/** Tells when the page stops running for a while, or for good, and when it runs again. The answer ends the listening. */
export type PageLife = (listener: (running: boolean) => void) => () => void

const runningOn = { pagehide: false, freeze: false, pageshow: true, resume: true } as const

/**
 * The page lifecycle's events (https://wicg.github.io/page-lifecycle/); nothing where there are none. A page that keeps
 * a lock or a WebSocket is not taken into the back/forward cache, so it gives both away before.
 */
export const pageLife: PageLife = (listener) => {
  const stop = new AbortController()
  for (const name of Object.keys(runningOn) as (keyof typeof runningOn)[]) {
    const target: Partial<EventTarget> =
      (name === 'freeze' || name === 'resume' ? globalThis.document : globalThis) ?? {}
    target.addEventListener?.(name, () => listener(runningOn[name]), { signal: stop.signal })
  }
  return () => stop.abort()
}
