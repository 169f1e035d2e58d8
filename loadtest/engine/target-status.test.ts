import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { TargetStatus } from './target-status.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A status whose page says these bodies in turn, the last one again and again; undefined: nothing at all. */
async function statusOf(
  ...pages: (string | undefined)[]
): Promise<{ status: TargetStatus; asked: () => number }> {
  let asked = 0
  const server = createServer((_, response) => {
    const page = pages[Math.min(asked++, pages.length - 1)]
    if (page !== undefined) response.end(page)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { status: new TargetStatus(`http://127.0.0.1:${port}/_fanfare/iot`), asked: () => asked }
}

const page = (times: number, changes: object = {}): string =>
  JSON.stringify({
    quotaMode: 'count',
    stats: { units: { connect: times }, drops: {} },
    denialsByReason: [{ because: 'no policy', action: 'iot:Connect', times }],
    quotas: [{ id: 'a', name: 'A', value: 10, used: times, hits: times }],
    ...changes,
  })

it('tells what grew between the first page and the last', async () => {
  const { status } = await statusOf(page(1), page(5))
  await status.read()
  await status.read()
  expect(status.figures()).toMatchObject({
    units: { connect: 4 },
    quotas: [{ id: 'a', most: 5, hits: 4 }],
    denials: [{ reason: 'iot:Connect: no policy', count: 4 }],
  })
})

it.each([
  ['no JSON', '<html>'],
  ['null', 'null'],
  ['another page', '{}'],
  ['a quota that is no number', page(1, { quotas: [{ id: 'a', name: 'A', value: 'many', hits: 0 }] })],
  ['units that are no counts', page(1, { stats: { units: { connect: null }, drops: {} } })],
  ['another mode', page(1, { quotaMode: 'maybe' })],
])('%s is no page: there are no figures, and nothing throws', async (_, body) => {
  const { status } = await statusOf(body)
  await status.read()
  expect(status.figures()).toBeUndefined()
  expect(status.shares()).toEqual([])
})

it('a page that turns to nonsense leaves what there was', async () => {
  const { status } = await statusOf(page(1), '[]')
  await status.read()
  await status.read()
  expect(status.figures()?.units).toEqual({ connect: 0 })
})

it('a page that hangs is asked by one request at a time, and given up', { timeout: 12_000 }, async () => {
  const { status, asked } = await statusOf(undefined)
  await Promise.all(Array.from({ length: 20 }, () => status.read()))
  expect(asked()).toBe(1)
  expect(status.figures()).toBeUndefined()
})
