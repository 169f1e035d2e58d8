import { sendRequest } from './engine/http-request.ts'
import type { LoadRequest, LoadTarget } from './plan.ts'
import { reasonText } from './reason-text.ts'

/** A request before the run was not answered as expected; the message ends with the remedy. */
export class PrepareError extends Error {
  override readonly name = 'PrepareError'
  readonly code = 'NOT_PREPARED'
}

/** Sends what a scenario wants done beforehand, in order. Redirects are not followed. Rejects with PrepareError. */
export async function prepareTarget(
  target: LoadTarget,
  requests: readonly LoadRequest[],
  run: string,
  signal: AbortSignal,
): Promise<void> {
  for (const [index, { method, path, headers, bodies, expect }] of requests.entries()) {
    const filled = (text: string): string => text.replaceAll('{run}', run).replaceAll('{index}', `${index}`)
    const [body] = bodies
    const url = new URL(`${target.httpUrl}${filled(path)}`)
    const name = `${method} ${url.href}`
    const {
      status,
      said,
      body: answer,
    } = await sendRequest({
      url,
      method,
      headers: Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, filled(value)])),
      body: body === undefined ? undefined : filled(body),
      signal,
    })
    if (status === 0)
      throw new PrepareError(
        signal.aborted ? `${name}: it was told to stop` : `${name} got no answer: ${reasonText(said)}`,
      )
    if (!expect.includes(status))
      throw new PrepareError(
        `${name} answered ${status}, expected ${expect.join(' or ')}: ${answer.slice(0, 300)}; mend \`prepare\` in the scenario`,
      )
  }
}
