/** The real stack for a test: real sockets, real workers, real handlers, in a folder of its own, on free ports. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { developmentStaffToken } from '../../local/options.ts'
import { type LocalStack, type StackOptions, startStack } from '../../local/stack.ts'

export interface TestStack extends LocalStack, AsyncDisposable {
  readonly dataDir: string
  /** Makes a campaign. */
  campaign(campaignId: string, currency?: string): Promise<void>
  donate(donation: TestDonation, key: string): Promise<{ status: number; body: Record<string, unknown> }>
  figures(campaignId: string): Promise<{ value: number; donations: number; sequence: number; epoch: string }>
  /** The whole feed, by `/events`. */
  feed(campaignId: string): Promise<readonly FeedItem[]>
}

export interface TestDonation {
  readonly campaignId: string
  readonly amount: { readonly value: number; readonly currency: string }
  readonly donor?: { readonly name?: string; readonly email?: string }
  readonly comment?: string
}

export interface FeedItem {
  readonly sequence: number
  readonly entry: {
    readonly value: { readonly donationId: string; readonly amount: { readonly value: number } }
  }
}

export const staff = { authorization: `Bearer ${developmentStaffToken}`, 'content-type': 'application/json' }

/** Starts a stack; `await using` ends it and empties its folder. */
export async function testStack(options: Partial<StackOptions> = {}): Promise<TestStack> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'fanfare-test-'))
  const stack = await startStack({
    httpPort: 0,
    iotPort: 0,
    awsPort: 0,
    dataDir,
    seed: 1,
    // A message that a dead worker held is hidden for its visibility time-out: minutes on AWS, seconds here.
    visibilityScale: 0.01,
    ...options,
    env: { SESSIONS_PER_MINUTE: '100000', ...options.env },
  })
  const { site } = stack.urls
  const json = async (path: string): Promise<Record<string, unknown>> => {
    let answer = await fetch(`${site}${path}`)
    // A function that a fault killed answers 500, and the reader tries again.
    for (let attempt = 0; answer.status >= 500 && attempt < 20; attempt++)
      answer = await fetch(`${site}${path}`)
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}: ${await answer.text()}`)
    return (await answer.json()) as Record<string, unknown>
  }
  return Object.assign(stack, {
    dataDir,
    async campaign(campaignId: string, currency = 'USD') {
      const body = JSON.stringify({ name: campaignId, currency })
      const answer = await fetch(`${site}/campaigns/${campaignId}`, { method: 'PUT', headers: staff, body })
      if (!answer.ok) throw new Error(`PUT answered ${answer.status}: ${await answer.text()}`)
    },
    async donate(donation: TestDonation, key: string) {
      const answer = await fetch(`${site}/donations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify(donation),
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
    },
    async figures(campaignId: string) {
      const { total, donations, sequence, epoch } = (await json(`/campaigns/${campaignId}`)) as unknown as {
        total: { value: number }
        donations: number
        sequence: number
        epoch: string
      }
      return { value: total.value, donations, sequence, epoch }
    },
    async feed(campaignId: string) {
      const items: FeedItem[] = []
      const topic = encodeURIComponent(`campaigns/${campaignId}/donations`)
      for (let after: number | null = 0; after !== null;) {
        const page = (await json(`/events?topic=${topic}&after=${after}&limit=500`)) as unknown as {
          events: FeedItem[]
          next: number | null
          complete: boolean
        }
        if (!page.complete) throw new Error(`the page after ${after} is not complete`)
        items.push(...page.events)
        after = page.next
      }
      return items
    },
    async [Symbol.asyncDispose]() {
      await stack.stop()
      rmSync(dataDir, { recursive: true, force: true })
    },
  })
}

/** Posts until the answer is no server error, as every client of the API should: the key makes it the same donation. */
export async function donateSurely(stack: TestStack, donation: TestDonation, key: string): Promise<string> {
  for (let attempt = 0; attempt < 40; attempt++) {
    const { status, body } = await stack
      .donate(donation, key)
      .catch(() => ({ status: 599, body: {} as Record<string, unknown> }))
    if (status === 202) return String(body['donationId'])
    if (status < 500 && status !== 429) throw new Error(`refused with ${status}: ${JSON.stringify(body)}`)
    await new Promise((resolve) => setTimeout(resolve, 20 * (attempt + 1)))
  }
  throw new Error(`no answer to ${key}`)
}

/** Waits until `condition` holds, asking again after each `poke` interval; fails with its last error. */
export async function eventually<T>(condition: () => Promise<T> | T, withinMs = 15_000): Promise<T> {
  const until = Date.now() + withinMs
  for (;;) {
    try {
      return await condition()
    } catch (error) {
      if (Date.now() > until) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
