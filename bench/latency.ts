/** From the start of a POST to the page: one donation every three seconds, and twenty a second. */
import { connect } from '../client/index.ts'
import { developmentStaffToken } from '../local/options.ts'
import { campaignDonations } from '../topics/campaign-donations.ts'
import { percentileOf } from './support/machine.ts'
import { startStackProcess } from './support/stack-process.ts'

export async function benchLatency(say: (line: string) => void): Promise<void> {
  await using stack = await startStackProcess()
  const slow = await measure(stack.site, 'slow', { everyMs: 3000, count: 20 })
  say(
    `one every 3 s (${slow.length} donations): p50 ${percentileOf(slow, 0.5).toFixed(0)} ms, p99 ${percentileOf(slow, 0.99).toFixed(0)} ms, most ${Math.max(...slow).toFixed(0)} ms`,
  )
  const fast = await measure(stack.site, 'fast', { everyMs: 50, count: 600 })
  say(
    `20 a second (${fast.length} donations, pace 1 s): p50 ${percentileOf(fast, 0.5).toFixed(0)} ms, p99 ${percentileOf(fast, 0.99).toFixed(0)} ms, most ${Math.max(...fast).toFixed(0)} ms`,
  )
  say("POST to the client's entry, by a client in Node on the same machine; no AWS polling delay is in it.")
}

async function measure(
  site: string,
  campaignId: string,
  load: { everyMs: number; count: number },
): Promise<number[]> {
  await fetch(`${site}/campaigns/${campaignId}`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${developmentStaffToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: campaignId, currency: 'USD' }),
  })
  const client = connect({ api: site })
  const sentAt = new Map<string, number>()
  const shownAt = new Map<string, number>()
  const feed = client.feed(campaignDonations, { campaignId }, { last: 10 })
  const reading = (async () => {
    for await (const event of feed)
      if (event.kind === 'entry') shownAt.set(event.value.donationId, performance.now())
  })()
  // The first requests start the functions' instances; AWS calls that a cold start, and it is not what is measured.
  const post = async (key: string, counted: boolean): Promise<void> => {
    const at = performance.now()
    const answer = await fetch(`${site}/donations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      body: JSON.stringify({
        campaignId,
        amount: { value: 500, currency: 'USD' },
        donor: { name: 'Jo' },
        comment: 'Go!',
      }),
    })
    const { donationId } = (await answer.json()) as { donationId: string }
    if (counted) sentAt.set(donationId, at)
  }
  for (let index = 0; index < 3; index++) {
    await post(`warm-${campaignId}-${index}`, false)
    await new Promise((resolve) => setTimeout(resolve, 1500))
  }
  const posts: Promise<void>[] = []
  const started = performance.now()
  for (let index = 0; index < load.count; index++) {
    const wait = started + index * load.everyMs - performance.now()
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
    posts.push(post(`${campaignId}-${index}`, true))
  }
  await Promise.all(posts)
  const until = Date.now() + 10_000
  while ([...sentAt.keys()].some((id) => !shownAt.has(id)) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  client.close()
  await reading
  return [...sentAt].map(([id, at]) => (shownAt.get(id) ?? Number.POSITIVE_INFINITY) - at)
}
