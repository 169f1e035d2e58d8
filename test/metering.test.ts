import { TransactWriteItemsCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, it } from 'vitest'
import { readHeads, topicWriteItems } from '../functions/platform/dynamodb-live-table.ts'
import { type Head, topicWriter } from '../functions/platform/live-table.ts'
import { clientOf } from '../local/dynamodb/suite/in-process.ts'
import { campaignDonations } from '../topics/campaign-donations.ts'
import { meteredUnitBytes } from '../topics/contract/aws-limits.ts'
import { donateSurely, eventually, testStack } from './support/stack.ts'
import { accountedFor, testViewer } from './support/viewer.ts'

describe('what a viewer costs', () => {
  it(
    'is at most one message a second and topic, of one metered unit, however many donations arrive',
    { timeout: 60_000 },
    async () => {
      await using stack = await testStack()
      await stack.campaign('red-nose')
      await using viewer = testViewer(stack.urls.site, 'red-nose', 0)
      await eventually(() => expect(viewer.total).toBe(0))
      await stack.idle()
      stack.iot.resetMeter()
      const before = stack.iot.stats()
      const started = performance.now()
      let next = 0
      // Long comments, so that many donations a second outrun what one message holds.
      const donor = async (): Promise<void> => {
        while (performance.now() - started < 6000) {
          const donation = {
            campaignId: 'red-nose',
            amount: { value: 5, currency: 'USD' },
            comment: 'Give! '.repeat(30),
          }
          await donateSurely(stack, donation, `key-${next++}`)
        }
      }
      await Promise.all(Array.from({ length: 16 }, donor))
      const { donations } = await eventually(async () => {
        const figures = await stack.figures('red-nose')
        expect(figures.donations).toBe(next)
        return figures
      })
      await eventually(() => expect(accountedFor(viewer.seen).upTo).toBe(donations))
      const seconds = (performance.now() - started) / 1000
      const after = stack.iot.stats()
      const messages = after.deliveries - before.deliveries
      const [connection] = stack.iot.connections()
      expect(messages).toBeGreaterThan(2)
      // One at once, then one a second and topic.
      expect(messages).toBeLessThanOrEqual(2 * (Math.floor(seconds) + 1))
      expect(campaignDonations.maxBytes).toBe(meteredUnitBytes)
      expect(connection?.units.publishOut).toBe(messages)
      // More than fits was said to be left out, exactly.
      const { shown, gaps } = accountedFor(viewer.seen)
      expect(shown + gaps).toBe(donations)
      expect(gaps).toBeGreaterThan(0)
    },
  )

  it(
    'stays so at 5,000 entries a second, and the feed says exactly what it left out',
    { timeout: 60_000 },
    async () => {
      await using stack = await testStack()
      await stack.campaign('red-nose')
      await using viewer = testViewer(stack.urls.site, 'red-nose', 0)
      await eventually(() => expect(viewer.total).toBe(0))
      await stack.idle()
      const topic = 'campaigns/red-nose/donations'
      const table = stack.template.tables.find(({ logicalId }) => logicalId === 'LiveTable')?.name ?? ''
      const client = clientOf(stack.db.service)
      let head: Head | undefined = (await readHeads(client, table, [topic])).get(topic)
      const before = stack.iot.stats().deliveries
      const started = performance.now()
      const seconds = 4
      const aTransaction = 50
      let written = 0
      for (let batch = 0; batch < (seconds * 5000) / aTransaction; batch++) {
        const at = new Date().toISOString()
        const entries = Array.from({ length: aTransaction }, () => ({
          value: { donationId: `entry-${++written}`, amount: { value: 100, currency: 'USD' }, at },
        }))
        const write = topicWriter({ at }).append(campaignDonations, { campaignId: 'red-nose' }, entries, head)
        await client.send(new TransactWriteItemsCommand({ TransactItems: topicWriteItems(table, [write]) }))
        head = write.head
        const waitMs = started + (written / 5000) * 1000 - performance.now()
        if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      }
      await eventually(() => expect(accountedFor(viewer.seen).upTo).toBe(written))
      const messages = stack.iot.stats().deliveries - before
      const elapsed = (performance.now() - started) / 1000
      expect(messages).toBeGreaterThanOrEqual(seconds)
      expect(messages).toBeLessThanOrEqual(Math.floor(elapsed) + 2)
      expect(stack.iot.connections()[0]?.units.publishOut).toBe(stack.iot.connections()[0]?.deliveries)
      const { shown, gaps } = accountedFor(viewer.seen)
      expect(shown + gaps).toBe(20_000)
      expect(shown).toBeGreaterThan(20 * seconds)
    },
  )
})
