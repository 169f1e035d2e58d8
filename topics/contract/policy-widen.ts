/**
 * Shortens grants by sharing the words they begin with: `rooms/*` for `rooms/1/typing` and `rooms/1/news`. Only where
 * that reaches nothing that is kept from the claims.
 *
 * @module
 */
import type { Grant } from './policy-grants.ts'

interface Widening {
  readonly resource: string
  readonly covered: readonly Grant[]
  /** Characters of the grants it stands for, less its own. */
  readonly saved: number
}

/**
 * The grants with one widening more, the one that saves the most; undefined when none is left. `isAllowed` says whether
 * a wider resource may be granted.
 */
export function widenOnce(
  grants: readonly Grant[],
  isAllowed: (resource: string) => boolean,
): Grant[] | undefined {
  const shared = new Map<string, Grant[]>()
  for (const grant of grants) {
    for (const words of leadingWords(grant.resource)) {
      const resource = `${words}/*`
      const covered = shared.get(resource)
      if (covered) covered.push(grant)
      else shared.set(resource, [grant])
    }
  }
  const widenings: Widening[] = []
  for (const [resource, covered] of shared) {
    if (covered.length < 2) continue
    const saved = covered.reduce((sum, grant) => sum + grant.resource.length, 0) - resource.length
    widenings.push({ resource, covered, saved })
  }
  const best = widenings.toSorted((a, b) => b.saved - a.saved).find(({ resource }) => isAllowed(resource))
  if (!best) return undefined
  const taken = new Set(best.covered)
  const patterns = best.covered.flatMap((grant) => grant.patterns)
  return [...grants.filter((grant) => !taken.has(grant)), { resource: best.resource, patterns }]
}

/** Of `a/b/c`: `a` and `a/b`. What stands before the first `*`, in whole levels, and never all of the resource. */
function leadingWords(resource: string): string[] {
  const levels = resource.split('/')
  const words: string[] = []
  for (let count = 1; count < levels.length && levels[count - 1] !== '*'; count++) {
    words.push(levels.slice(0, count).join('/'))
  }
  return words
}
