import type { LoadRequest } from '../plan.ts'
import type { Making } from './making.ts'
import type { Path } from './problems.ts'
import { fillEnvironment, fillJson, fillText } from './template.ts'

interface WrittenRequest {
  readonly request: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly expect: readonly number[]
  readonly changes?: readonly string[]
  readonly addresses?: number
}

/** A request of a scenario with its templates filled; a body for each row of the arrivals' file where there is one. */
export function planRequest(
  written: WrittenRequest,
  path: Path,
  making: Making,
  { phase, rows }: { readonly phase?: string; readonly rows?: readonly Readonly<Record<string, string>>[] },
): LoadRequest {
  const values = { params: making.params, ...(phase === undefined ? {} : { phase }) }
  const told = new Set<string>()
  const problemAt = (key: string) => (what: string) => {
    // Each row would say it again.
    if (told.has(what)) return
    told.add(what)
    making.problem([...path, key], what)
  }
  const [method = 'GET', target = '/'] = written.request.split(' ')
  const body = (row?: Readonly<Record<string, string>>): string =>
    JSON.stringify(fillJson(written.body, { ...values, ...(row ? { row } : {}) }, problemAt('body')))
  const bodies =
    written.body === undefined || written.body === null
      ? []
      : rows && rows.length > 0
        ? rows.map(body)
        : [body()]
  return {
    method,
    path: fillText(target, values, problemAt('request')),
    headers: {
      ...(bodies.length > 0 ? { 'content-type': 'application/json' } : {}),
      ...Object.fromEntries(
        Object.entries(written.headers).map(([name, text]) => [
          name.toLowerCase(),
          fillText(fillEnvironment(text, making.env, problemAt('headers')), values, problemAt('headers')),
        ]),
      ),
    },
    bodies,
    expect: written.expect,
    changes: (written.changes ?? []).flatMap((topic, index) => {
      const found = making.topic(topic, [...path, 'changes', index])
      return found ? [found.topic] : []
    }),
    addresses: written.addresses ?? 1,
  }
}
