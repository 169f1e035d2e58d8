/**
 * Subscriptions that components share: opened by the first that listens, closed a moment after the last one left, so
 * that a component that is mounted again at once (StrictMode, a route) finds it open.
 *
 * @module
 */

/** An external store, as `useSyncExternalStore` wants it. */
export interface Shared<Snapshot> {
  readonly subscribe: (listener: () => void) => () => void
  /** The same object until something changes. */
  readonly snapshot: () => Snapshot
}

/** Opens what is shared. `show` sets the snapshot; the answer closes. */
export type OpenShared<Snapshot> = (show: (snapshot: Snapshot) => void) => () => void

/** A store that holds `initial` while nobody listens. `left` is called after each time the last one left. */
export function shared<Snapshot>(
  initial: Snapshot,
  open: OpenShared<Snapshot>,
  left = (): void => {},
): Shared<Snapshot> {
  const listeners = new Set<() => void>()
  let snapshot = initial
  let close: (() => void) | undefined
  let closing: ReturnType<typeof setTimeout> | undefined

  function show(next: Snapshot): void {
    snapshot = next
    for (const listener of listeners) listener()
  }

  return {
    subscribe(listener) {
      clearTimeout(closing)
      listeners.add(listener)
      close ??= open(show)
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        clearTimeout(closing)
        closing = setTimeout(() => {
          close?.()
          close = undefined
          snapshot = initial
          left()
        }, 0)
      }
    },
    snapshot: () => snapshot,
  }
}
