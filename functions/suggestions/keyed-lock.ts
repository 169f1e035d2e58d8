/**
 * Work on the same things one after the other, within one instance: two transactions that write the same inbox would
 * only cancel each other.
 */
export function keyedLock(): <Result>(
  keys: readonly string[],
  work: () => Promise<Result>,
) => Promise<Result> {
  /** Of each thing, the work that is last in its line; gone when it is done. */
  const last = new Map<string, Promise<unknown>>()
  return async (keys, work) => {
    // Standing in every line at once, so that nobody waits for somebody who waits for them.
    const before = Promise.allSettled(keys.map((key) => last.get(key)))
    const done = before.then(work)
    const settled = done.then(
      () => undefined,
      // Whoever asked for the work hears of it; who stands behind does not mind.
      () => undefined,
    )
    for (const key of keys) last.set(key, settled)
    void settled.then(() => {
      for (const key of keys) if (last.get(key) === settled) last.delete(key)
    })
    return done
  }
}
