/** What a page hears about itself: `wake` when it is worth trying at once, `doubt` when the network may be gone. */
export type PageSignals = (listener: (signal: 'wake' | 'doubt') => void) => () => void

const signalOf = {
  online: 'wake',
  // The word of a browser that knows only of its network card: a reason to ask the broker, not to give it up.
  offline: 'doubt',
  pageshow: 'wake',
  resume: 'wake',
  visibilitychange: 'wake',
} as const

/** The events of the browser's window and document; nothing where there are none. */
export const pageSignals: PageSignals = (listener) => {
  const stop = new AbortController()
  const target = (name: keyof typeof signalOf): Partial<EventTarget> =>
    (name === 'resume' || name === 'visibilitychange' ? globalThis.document : globalThis) ?? {}
  for (const name of Object.keys(signalOf) as (keyof typeof signalOf)[]) {
    const heard = (): void => {
      if (name !== 'visibilitychange' || document.visibilityState === 'visible') listener(signalOf[name])
    }
    target(name).addEventListener?.(name, heard, { signal: stop.signal })
  }
  return () => stop.abort()
}
