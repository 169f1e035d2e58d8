import { connectAsync } from 'mqtt'
import { expect, it } from 'vitest'
import { staff, testStack } from './support/stack.ts'

it("a caller's trace goes from POST to what the browser is told; without one, nothing is added", async () => {
  await using stack = await testStack()
  await stack.campaign('c1')
  const heard: Record<string, unknown>[] = []
  const session = (await (await fetch(`${stack.urls.site}/session`, { method: 'POST' })).json()) as {
    endpoint: string
    authorizer: string
    tokenKey: string
    token: string
    signature: string
    clientIds: string[]
  }
  const query = new URLSearchParams({
    'x-amz-customauthorizer-name': session.authorizer,
    [session.tokenKey]: session.token,
    'x-amz-customauthorizer-signature': session.signature,
  })
  const client = await connectAsync(`${session.endpoint}?${query.toString()}`, {
    protocolVersion: 5,
    reconnectPeriod: 0,
    clientId: session.clientIds[0] ?? '',
  })
  try {
    client.on('message', (_, payload) =>
      heard.push(JSON.parse(payload.toString()) as Record<string, unknown>),
    )
    await client.subscribeAsync('campaigns/c1/total')
    const donate = (key: string, headers: Readonly<Record<string, string>> = {}) =>
      fetch(`${stack.urls.site}/donations`, {
        method: 'POST',
        headers: { ...staff, 'idempotency-key': key, ...headers },
        body: JSON.stringify({ campaignId: 'c1', amount: { value: 500, currency: 'USD' } }),
      })
    const told = (donations: number) =>
      heard.find(({ data }) => (data as { donations: number }).donations === donations)

    const first = await donate('one')
    expect(first.headers.get('traceparent')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/)
    await expect.poll(() => told(1), { timeout: 10_000 }).toBeDefined()
    expect(told(1)).not.toHaveProperty('traceparent')

    const traceparent = `00-${'e'.repeat(32)}-${'f'.repeat(16)}-01`
    expect((await donate('two', { traceparent })).headers.get('traceparent')).toBe(traceparent)
    await expect.poll(() => told(2), { timeout: 10_000 }).toMatchObject({ traceparent })

    await donate('three')
    await expect.poll(() => told(3), { timeout: 10_000 }).toBeDefined()
    expect(told(3)).not.toHaveProperty('traceparent')
  } finally {
    await client.endAsync(true)
  }
})
