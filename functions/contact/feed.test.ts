import { describe, expect, it } from 'vitest'
import type { Head, TopicWrite } from '../platform/live-table.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import { showContact } from './feed.ts'
import { aContact, Killer, memoryRecords } from './testing.ts'

function aFeed(killer = new Killer(0, 'before')) {
  const time = new VirtualTime()
  const records = memoryRecords()
  const shown: string[] = []
  let head: Head | undefined
  const readHead = async (_topic: string) => {
    await time.sleep(1)
    return head
  }
  const show = async (write: TopicWrite, contactId: string, at: string): Promise<'written' | 'moved'> => {
    await time.sleep(1)
    const moved =
      write.before?.sequence !== head?.sequence || records.items.get(contactId)?.shownAt !== undefined
    if (moved) return 'moved'
    head = write.head
    shown.push(write.segment?.entries ?? '')
    await records.mark(contactId, 'shownAt', at)
    return 'written'
  }
  const ports = {
    records: killer.on(records),
    readHead: killer.call(readHead),
    show: killer.call(show),
    time,
    random: () => 0.5,
  }
  return { shown, time, ports, sequence: () => head?.sequence }
}

describe('the feed of contacts', () => {
  it('shows each once, though many come at once and each comes twice', async () => {
    const { shown, time, ports, sequence } = aFeed()
    const contacts = [...Array(5).keys()].flatMap((number) => [aContact(number), aContact(number)])
    await time.run(Promise.all(contacts.map((contact) => showContact(contact, undefined, ports))))
    expect(new Set(shown).size).toBe(5)
    expect(shown).toHaveLength(5)
    expect(sequence()).toBe(5)
  })

  it.each([1, 2, 3, 4, 5])('shows it once, though its function dies at call %i', async (call) => {
    for (const side of ['before', 'after'] as const) {
      const killer = new Killer(call, side)
      const { shown, time, ports } = aFeed(killer)
      expect(await time.run(killer.run(() => showContact(aContact(), undefined, ports)))).toBe('died')
      await time.run(showContact(aContact(), undefined, ports))
      expect(shown).toHaveLength(1)
    }
  })
})
