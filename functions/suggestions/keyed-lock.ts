/**
 * Work on the same things one after the other, within one instance: two transactions that write the same inbox would
 * only cancel each other.
 */
export function keyedLock(): <Result>(
  keys: readonly string[],
  work: () => Promise<Result>,
) => Promise<Result> {
  /** Of each thing, the work that is last in its line, and how many stand in it. */
  const lines = new Map<string, { last: Promise<unknown>; standing: number }>()
  return async (keys, work) => {
    // Standing in every line at once, so that nobody waits for somebody who waits for them.
    const own = keys.map((key) => {
      const line = lines.get(key) ?? { last: Promise.resolve(), standing: 0 }
      lines.set(key, line)
      return { key, line, before: line.last }
    })
    const done = (async () => {
      await Promise.allSettled(own.map(({ before }) => before))
      return work()
    })()
    for (const { line } of own) {
      line.last = done
      line.standing += 1
    }
    try {
      return await done
    } finally {
      for (const { key, line } of own) {
        line.standing -= 1
        if (line.standing === 0) lines.delete(key)
      }
    }
  }
}
