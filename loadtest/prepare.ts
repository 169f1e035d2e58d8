import type { LoadRequest, LoadTarget } from './plan.ts'
import { reasonText } from './reason-text.ts'

/** A request before the run was not answered as expected; the message ends with the remedy. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError'
  readonly code = 'NOT_PREPARED'
}

const answerWithinMs = 20_000

/** Sends what a scenario wants done beforehand, in order. Rejects with PrepareError. */
export async function prepareTarget(
  target: LoadTarget,
  requests: readonly LoadRequest[],
  run: string,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, { method, path, headers, bodies, expect }] of requests.entries()) {
    const filled = (text: string): string => text.replaceAll('{run}', run).replaceAll('{index}', `${index}`)
    const [body] = bodies
    const name = `${method} ${target.httpUrl}${filled(path)}`
    let answer: Response
    try {
      answer = await fetch(`${target.httpUrl}${filled(path)}`, {
        method,
        headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, filled(value)])),
        signal: AbortSignal.any([signal, AbortSignal.timeout(answerWithinMs)]),
        ...(body === undefined ? {} : { body: filled(body) }),
      })
    } catch (cause) {
      const { code } = (cause as { cause?: { code?: string } }).cause ?? {}
      throw new PrepareError(
        `${name} got no answer: ${code === undefined ? `${(cause as Error).message}; start the stack with npm start, or name another --target` : reasonText(code)}`,
        { cause },
      )
    }
    const text = await answer.text()
    if (!expect.includes(answer.status))
      throw new PrepareError(
        `${name} answered ${answer.status}, expected ${expect.join(' or ')}: ${text.slice(0, 300)}; mend \`prepare\` in the scenario`,
      )
  }
}
