import * as v from 'valibot'
import { describe, expect, it } from 'vitest'
import { anyone, feed, state } from '../../topics/contract/index.ts'
import { VirtualTime } from '../testing/virtual-time.ts'
import type { Head, TopicWrite } from './live-table.ts'
import { createLive } from './live-writes.ts'

const mood = state({ topic: 'c/{id}/mood', payload: v.picklist(['calm', 'wild']), subscribe: anyone })
const notes = feed({ topic: 'c/{id}/notes', entry: v.string(), subscribe: anyone })
const epoch = '01JEPOCH000000000000000000'

/** A table that another writer moves before each of the first `moves` writes. */
function aLive(moves = 0) {
  const heads = new Map<string, Head>()
  const written: TopicWrite[] = []
  const time = new VirtualTime()
  const live = createLive({
    time,
    random: () => 0.5,
    newEpoch: () => epoch,
    store: {
      readHead: (topic) => Promise.resolve(heads.get(topic)),
      write: ([change]) => {
        if (!change) return Promise.resolve('written')
        const { head, before } = change
        if (moves-- > 0) heads.set(head.topic, { ...head, sequence: (before?.sequence ?? 0) + 1 })
        if (heads.get(head.topic)?.sequence !== before?.sequence) return Promise.resolve('moved')
        heads.set(head.topic, head)
        written.push(change)
        return Promise.resolve('written')
      },
    },
  })
  return { live, written, run: <T>(work: Promise<T>) => time.run(work) }
}

describe('one topic by itself', () => {
  it('is written on top of what was read', async () => {
    const { live, run, written } = aLive()
    expect(await run(live.set(mood, { id: '1' }, 'calm'))).toEqual({ epoch, sequence: 1 })
    expect(await run(live.set(mood, { id: '1' }, 'wild'))).toEqual({ epoch, sequence: 2 })
    const entries = [{ value: 'a' }, { value: 'b' }]
    expect(await run(live.append(notes, { id: '1' }, entries))).toEqual({ epoch, sequence: 2 })
    expect(written.map(({ head, segment }) => [head.topic, head.value, segment?.entries])).toEqual([
      ['c/1/mood', '"calm"', undefined],
      ['c/1/mood', '"wild"', undefined],
      ['c/1/notes', undefined, JSON.stringify(entries)],
    ])
  })

  it('is read again when somebody else wrote it', async () => {
    const { live, run } = aLive(3)
    expect(await run(live.set(mood, { id: '1' }, 'calm'))).toEqual({ epoch, sequence: 4 })
  })

  it('is given up when others write it without end, and says so', async () => {
    const { live, run } = aLive(100)
    await expect(run(live.set(mood, { id: '1' }, 'calm'))).rejects.toMatchObject({
      code: 'LIVE_BUSY',
      retryable: true,
      message: expect.stringContaining('c/1/mood'),
    })
  })

  it('takes nothing that does not fit its contract', async () => {
    const { live, run, written } = aLive()
    await expect(run(live.set(mood, { id: '1' }, 'sad' as never))).rejects.toMatchObject({
      code: 'INVALID_PAYLOAD',
    })
    await expect(run(live.set(mood, { id: '+' }, 'calm'))).rejects.toThrow(/parameter id/)
    expect(written).toEqual([])
  })
})
