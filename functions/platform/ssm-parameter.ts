import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm'

/** How long a parameter's value is kept, ms: the longest a rotated key takes to be used. */
const parameterKeptMs = 300_000

/**
 * Reads an SSM parameter through `parse`, and keeps the result for five minutes. While SSM cannot be reached, a value
 * that is too old still serves: an old key beats no session.
 */
export function ssmParameter<Value>(name: string, parse: (text: string) => Value, now = Date.now) {
  const client = new SSMClient({
    maxAttempts: 3,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: 2_000, throwOnRequestTimeout: true },
  })
  // Outlives a request: the key, and the request for it that several requests may share.
  let kept: { value: Value; until: number } | undefined
  let pending: Promise<Value> | undefined

  return async function read(): Promise<Value> {
    if (kept && now() < kept.until) return kept.value
    pending ??= load().finally(() => {
      pending = undefined
    })
    return pending
  }

  async function load(): Promise<Value> {
    try {
      const answer = await client.send(new GetParameterCommand({ Name: name, WithDecryption: true }))
      const text = answer.Parameter?.Value
      if (!text) throw new Error(`SSM parameter ${name} is empty: store the key there`)
      kept = { value: parse(text), until: now() + parameterKeptMs }
    } catch (error) {
      if (!kept) throw error
      kept = { ...kept, until: now() + 10_000 }
    }
    return kept.value
  }
}
