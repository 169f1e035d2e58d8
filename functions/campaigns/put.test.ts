import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { Head, TopicWrite } from '../platform/live-table.ts'
import { parseServiceTokens } from '../platform/service-tokens.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { getCampaign } from './get.ts'
import { type CampaignRecord, putCampaign } from './put.ts'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const tokens = parseServiceTokens(`ann:staff:${sha256('staff')},till:service:${sha256('service')}`)
const totalTopic = 'campaigns/c1/total'

function aStage() {
  const campaigns = new Map<string, CampaignRecord>()
  const heads = new Map<string, Head>()
  const stage = { writes: 0, meanwhile: () => {} }
  const time = new VirtualTime()
  const store = {
    read: (campaignId: string) =>
      Promise.resolve({
        campaign: campaigns.get(campaignId),
        total: heads.get(`campaigns/${campaignId}/total`),
        donations: heads.get(`campaigns/${campaignId}/donations`),
      }),
    write: (campaign: CampaignRecord, topics: readonly TopicWrite[]): Promise<'written' | 'moved'> => {
      stage.meanwhile()
      stage.writes += 1
      if (topics.some(({ head, before }) => heads.get(head.topic)?.sequence !== before?.sequence)) {
        return Promise.resolve('moved')
      }
      campaigns.set(campaign.campaignId, campaign)
      for (const { head } of topics) heads.set(head.topic, head)
      return Promise.resolve('written')
    },
  }
  const put = (body: unknown, bearer: string | undefined = 'staff', campaignId = 'c1') =>
    time.run(
      putCampaign(
        { campaignId, bearer, readBody: () => body },
        { store, time, random: () => 0.5, newEpoch: () => 'E1' },
        tokens,
      ),
    )
  const raise = (value: number) => {
    const head = heads.get(totalTopic)
    if (!head) throw new Error('no campaign')
    const total = {
      ...(JSON.parse(head.value ?? '{}') as object),
      total: { value, currency: 'USD' },
      donations: 1,
    }
    heads.set(totalTopic, { ...head, sequence: head.sequence + 1, value: JSON.stringify(total) })
  }
  const get = (campaignId: string) => getCampaign(campaignId, (topic) => Promise.resolve(heads.get(topic)))
  return { stage, heads, put, raise, get }
}

describe('PUT /campaigns/{campaignId}', () => {
  it('creates a campaign with the heads of both topics', async () => {
    const { heads, put, get } = aStage()
    const { created, campaign } = await put({ name: ' Telethon\n', currency: 'USD', goal: 100 })
    expect(created).toBe(true)
    expect(campaign).toEqual({
      campaignId: 'c1',
      name: 'Telethon',
      total: { value: 0, currency: 'USD' },
      donations: 0,
      goal: 100,
      epoch: 'E1',
      sequence: 1,
    })
    expect(heads.get('campaigns/c1/donations')).toMatchObject({ epoch: 'E1', sequence: 0 })
    expect(await get('c1')).toEqual(campaign)
  })

  it('changes name and goal, keeps what was raised, and writes nothing for nothing new', async () => {
    const { stage, put, raise } = aStage()
    await put({ name: 'A', currency: 'USD' })
    raise(500)
    const changed = await put({ name: 'B', currency: 'USD', goal: 1000 })
    expect(changed).toMatchObject({
      created: false,
      campaign: { name: 'B', goal: 1000, total: { value: 500 }, sequence: 3 },
    })
    await put({ name: 'B', currency: 'USD', goal: 1000 })
    expect(stage.writes).toBe(2)
  })

  it('keeps a donation that came in between', async () => {
    const { stage, put, raise, get } = aStage()
    await put({ name: 'A', currency: 'USD' })
    stage.meanwhile = () => {
      stage.meanwhile = () => {}
      raise(700)
    }
    await put({ name: 'B', currency: 'USD' })
    expect(await get('c1')).toMatchObject({ name: 'B', total: { value: 700 } })
  })

  it('changes the currency until there are donations', async () => {
    const { put, raise } = aStage()
    await put({ name: 'A', currency: 'EUR' })
    await put({ name: 'A', currency: 'USD' })
    raise(1)
    await expect(put({ name: 'A', currency: 'EUR' })).rejects.toMatchObject({
      status: 409,
      code: 'currency-fixed',
    })
  })

  it('is for staff', async () => {
    const { put } = aStage()
    const body = { name: 'A', currency: 'USD' }
    await expect(put(body, '')).rejects.toMatchObject({ status: 401 })
    await expect(put(body, 'nobody')).rejects.toMatchObject({ status: 401 })
    await expect(put(body, 'service')).rejects.toMatchObject({ status: 403 })
  })

  it.each([
    [{ name: '', currency: 'USD' }, 'name'],
    [{ name: 'A', currency: 'dollars' }, 'currency'],
    [{ name: 'A', currency: 'USD', goal: 0 }, 'goal'],
    [null, 'body'],
  ])('refuses %j', async (body, field) => {
    const { put } = aStage()
    await expect(put(body)).rejects.toMatchObject({ status: 400, errors: [{ field }] })
  })

  it('refuses an identifier that is no topic level, and tells of an unknown campaign', async () => {
    const { put, get } = aStage()
    await expect(put({ name: 'A', currency: 'USD' }, 'staff', 'a b')).rejects.toMatchObject({ status: 400 })
    await expect(get('c9')).rejects.toMatchObject({ status: 404, code: 'campaign-unknown' })
  })

  it('gives up on a campaign that is always busy', async () => {
    const { stage, put, raise } = aStage()
    await put({ name: 'A', currency: 'USD' })
    stage.meanwhile = () => {
      raise(1)
    }
    await expect(put({ name: 'B', currency: 'USD' })).rejects.toMatchObject({ status: 503 })
  })
})
