import { validateHeaderName, validateHeaderValue } from 'node:http'
import type { LoadRequest } from '../plan.ts'
import type { Making } from './making.ts'
import type { Path } from './problems.ts'
import { requestForm } from './schema.ts'
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
  // The command line's comes here without the schema. What is no path would be read as part of the host.
  if (!requestForm.test(written.request))
    making.problem(
      [...path, 'request'],
      `got ${JSON.stringify(written.request)}; give a method and a path, such as POST /donations`,
    )
  const [method = 'GET', target = '/'] = written.request.split(' ')
  const body = (row?: Readonly<Record<string, string>>): string =>
    JSON.stringify(fillJson(written.body, { ...values, ...(row ? { row } : {}) }, problemAt('body')))
  const bodies =
    written.body === undefined || written.body === null
      ? []
      : rows && rows.length > 0
        ? rows.map(body)
        : [body()]
  const headers = Object.entries(written.headers).map(([name, text]): [string, string] => [
    name.toLowerCase(),
    fillText(fillEnvironment(text, making.env, problemAt('headers')), values, problemAt('headers')),
  ])
  for (const [name, value] of headers) {
    const wrong = headerProblem(name, value)
    if (wrong !== undefined) making.problem([...path, 'headers'], wrong)
  }
  return {
    method,
    path: fillText(target, values, problemAt('request')),
    headers: {
      ...(bodies.length > 0 ? { 'content-type': 'application/json' } : {}),
      ...Object.fromEntries(headers),
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

/** Those that the tester writes itself: another length or host would be another request than the one that is planned. */
const ownHeaders: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding', 'connection'])

/** Why a header cannot be sent, without its value, which may be a secret; undefined when it can. */
function headerProblem(name: string, value: string): string | undefined {
  if (ownHeaders.has(name)) return `${name} is the tester's own to write; leave it out`
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return undefined
  } catch (error) {
    return `${JSON.stringify(name)} is no header that HTTP can carry (${(error as NodeJS.ErrnoException).code}); give a name of letters, digits and dashes, and a value of one line of plain characters`
  }
}
