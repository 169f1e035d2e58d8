/** Routes of the HTTP API: `GET /campaigns/{campaignId}` and whose they are. */
export interface Route<Target> {
  readonly method: string
  /** As API Gateway writes it: `/campaigns/{campaignId}`. */
  readonly path: string
  readonly target: Target
}

export interface RouteMatch<Target> {
  readonly route: Route<Target>
  /** Decoded, as API Gateway hands them on. */
  readonly pathParameters: Readonly<Record<string, string>>
}

/** The path of the route that takes what no other does. */
export const defaultRoute = '$default'

/** Finds the route of a request, or undefined. Literal levels win over parameters; `*` is every method, `{name+}` takes the rest, `$default` everything. */
export function routeFinder<Target>(
  routes: readonly Route<Target>[],
): (method: string, path: string) => RouteMatch<Target> | undefined {
  const last = routes.find(({ path }) => path === defaultRoute)
  const levels = routes.map((route) => ({ route, parts: route.path.split('/') }))
  const literals = (parts: readonly string[]): number => parts.filter((part) => !part.startsWith('{')).length
  levels.sort((a, b) => literals(b.parts) - literals(a.parts))
  return (method, path) => {
    const wanted = path.split('/')
    for (const { route, parts } of levels) {
      if (route.method !== method && route.method !== '*') continue
      const pathParameters = matchLevels(parts, wanted)
      if (pathParameters) return { route, pathParameters }
    }
    return last && { route: last, pathParameters: {} }
  }
}

function matchLevels(
  parts: readonly string[],
  wanted: readonly string[],
): Record<string, string> | undefined {
  const takesRest = parts.at(-1)?.endsWith('+}') === true
  if (takesRest ? wanted.length < parts.length : parts.length !== wanted.length) return undefined
  const found: Record<string, string> = {}
  for (const [index, part] of parts.entries()) {
    const rest = takesRest && index === parts.length - 1
    const value = rest ? wanted.slice(index).join('/') : (wanted[index] ?? '')
    if (!part.startsWith('{')) {
      if (part !== value) return undefined
      continue
    }
    if (value === '') return undefined
    try {
      found[part.slice(1, rest ? -2 : -1)] = decodeURIComponent(value)
    } catch {
      // A level that is no percent-encoding is no parameter.
      return undefined
    }
  }
  return found
}
