/** What a page hears about itself: `wake` when it is worth trying at once, `doubt` when the network may be gone. */
export type PageSignals = (listener: (signal: 'wake' | 'doubt') => void) => () => void

/**
 * The events of the browser's window and document; nothing where there are none. `pageshow` and `resume` come when a page
 * goes on after the back/forward cache or a freeze, in which it heard nothing.
 */
export const pageSignals: PageSignals = (listener) => {
  const stop = new AbortController()
  const hear = (target: Partial<EventTarget> | undefined, names: readonly string[]): void => {
    for (const name of names) target?.addEventListener?.(name, heard, { signal: stop.signal })
  }
  const heard = ({ type }: Event): void => {
    // `offline` is the word of a browser that knows only of its network card: a reason to ask the broker, not to give it up.
    if (!globalThis.document?.hidden) listener(type === 'offline' ? 'doubt' : 'wake')
  }
  hear(globalThis, ['online', 'offline', 'pageshow'])
  hear(globalThis.document, ['resume', 'visibilitychange'])
  return () => stop.abort()
}
