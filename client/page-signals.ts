/**
 * What a page hears about itself: `wake` when it is worth trying at once, `doubt` when the network may be gone, `sleep`
 * when the page is put away.
 */
export type PageSignals = (listener: (signal: PageSignal) => void) => () => void

export type PageSignal = 'wake' | 'doubt' | 'sleep'

/**
 * The events of the browser's window and document; nothing where there are none. A page is put away into the
 * back/forward cache only when it has no connection open, so it is told before (`pagehide`, `freeze`); `pageshow` and
 * `resume` come when it goes on.
 */
export const pageSignals: PageSignals = (listener) => {
  const stop = new AbortController()
  const hear = (target: Partial<EventTarget> | undefined, names: readonly string[]): void => {
    for (const name of names) target?.addEventListener?.(name, heard, { signal: stop.signal })
  }
  const heard = ({ type }: Event): void => {
    if (type === 'pagehide' || type === 'freeze') listener('sleep')
    // `offline` is the word of a browser that knows only of its network card: a reason to ask the broker, not to give it up.
    else if (!globalThis.document?.hidden) listener(type === 'offline' ? 'doubt' : 'wake')
  }
  hear(globalThis, ['online', 'offline', 'pageshow', 'pagehide'])
  hear(globalThis.document, ['freeze', 'resume', 'visibilitychange'])
  return () => stop.abort()
}
