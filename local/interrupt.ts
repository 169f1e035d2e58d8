/**
 * Ctrl-C, for programs that end tidily.
 *
 * @module
 */

/**
 * How long a second SIGINT counts as the first one's echo, ms: a terminal tells a whole process group, and the parent may
 * hand it on as well. No person is as quick.
 */
const echoMs = 500

/**
 * Calls `listener` at the first SIGINT or SIGTERM. Another one ends the process at once with code 130, since then it is
 * meant. The answer forgets the listener.
 */
export function onInterrupt(listener: () => void): () => void {
  let firstAt: number | undefined
  const heard = (): void => {
    const now = performance.now()
    if (firstAt === undefined) {
      firstAt = now
      listener()
    } else if (now - firstAt > echoMs) process.exit(130)
  }
  process.on('SIGINT', heard)
  process.on('SIGTERM', heard)
  return () => {
    process.off('SIGINT', heard)
    process.off('SIGTERM', heard)
  }
}
