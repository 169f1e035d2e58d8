import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { developmentIssuer } from '../../local/identity/development-issuer.ts'
import { type IdentityKey, identityKey } from '../../local/identity/identity-key.ts'
import { openSignIn } from './sign-in.ts'

const site = 'http://localhost:4000'
const folder = mkdtempSync(join(tmpdir(), 'fanfare-sign-in-'))
let key: IdentityKey
beforeAll(async () => {
  key = await identityKey(folder)
})
afterAll(() => rmSync(folder, { recursive: true }))

/** A tab in front of the real development issuer, without sockets: its clock, network and address are the test's. */
class Tab {
  now = Date.now()
  href = `${site}/console.html?view=mine`
  online = true
  ended = 0
  readonly asked: string[] = []
  readonly #kept = new Map<string, string>()
  readonly #routes = developmentIssuer({ site: () => site, key, now: () => this.now })
  readonly door = openSignIn({
    api: site,
    onEnded: () => this.ended++,
    browser: {
      href: () => this.href,
      leave: (url) => (this.href = url),
      rewrite: (url) => (this.href = new URL(url, this.href).href),
      storage: () => ({
        getItem: (name) => this.#kept.get(name) ?? null,
        setItem: (name, value) => void this.#kept.set(name, value),
        removeItem: (name) => void this.#kept.delete(name),
      }),
      fetch: (input, init) => this.#fetch(new Request(input, init)),
      now: () => this.now,
    },
  })

  /** Picks somebody on the issuer's page, and comes back. */
  async pick(person: string): Promise<void> {
    const page = await (await this.#fetch(new Request(this.href))).text()
    const ticket = /name="ticket" value="([^"]+)"/.exec(page)?.[1] ?? ''
    const body = new URLSearchParams({ ticket, person })
    const answer = await this.#fetch(new Request(this.href, { method: 'POST', body }))
    this.href = answer.headers.get('location') ?? this.href
  }

  async #fetch(request: Request): Promise<Response> {
    if (!this.online) throw new TypeError('fetch failed')
    const { pathname, searchParams } = new URL(request.url)
    this.asked.push(pathname)
    if (pathname === '/sign-in') {
      return Response.json({
        issuer: `${site}/_fanfare/identity`,
        clientId: 'fanfare-local',
        scope: 'openid',
      })
    }
    const answer = await this.#routes[pathname]?.({
      method: request.method,
      query: searchParams,
      headers: {},
      body: async () => Buffer.from(await request.arrayBuffer()),
    })
    if (!answer) return new Response(null, { status: 404 })
    const headers = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
    return new Response(new Uint8Array(answer.body), { status: answer.status, headers })
  }
}

const minutes = 60_000
let tab: Tab
beforeEach(async () => {
  tab = new Tab()
  await tab.door.signIn()
  await tab.pick('ada')
  await tab.door.currentPerson()
  tab.asked.length = 0
})

describe('an ID token', () => {
  it('is given again for half its life, then renewed, once for all who ask', async () => {
    const first = await tab.door.getIdToken()
    tab.now += 29 * minutes
    expect(await tab.door.getIdToken()).toBe(first)
    expect(tab.asked).toEqual([])
    tab.now += 2 * minutes
    const all = await Promise.all(Array.from({ length: 5 }, () => tab.door.getIdToken()))
    expect(new Set(all).size).toBe(1)
    expect(all[0]).not.toBe(first)
    expect(tab.asked).toEqual(['/_fanfare/identity/token'])
    // And again, with the refresh token that came with it.
    tab.now += 31 * minutes
    expect(await tab.door.getIdToken()).not.toBe(all[0])
    expect(tab.ended).toBe(0)
  })

  it('serves on while the issuer is away, until it is over; then the person is told to try again', async () => {
    const first = await tab.door.getIdToken()
    tab.online = false
    tab.now += 59 * minutes
    expect(await tab.door.getIdToken()).toBe(first)
    tab.now += 1 * minutes
    await expect(tab.door.getIdToken()).rejects.toMatchObject({ code: 'issuer-away' })
    tab.online = true
    expect(await tab.door.getIdToken()).not.toBe(first)
    expect(tab.ended).toBe(0)
  })

  it('is nobody’s once the issuer renews it no more, which is told once', async () => {
    tab.now += 25 * 60 * minutes
    await expect(tab.door.getIdToken()).rejects.toMatchObject({ code: 'signed-out' })
    await expect(tab.door.getIdToken()).rejects.toMatchObject({ code: 'signed-out' })
    expect([tab.ended, await tab.door.currentPerson()]).toEqual([1, undefined])
  })
})

describe('coming back', () => {
  it('says who, and leaves nothing of the answer behind', async () => {
    expect((await tab.door.currentPerson())?.name).toBe('Ada')
    expect(tab.href).toBe(`${site}/console.html?view=mine`)
  })
})

describe('where nobody answers', () => {
  it('is said in a sentence, and asked again at the next try', async () => {
    const lonely = new Tab()
    lonely.online = false
    await expect(lonely.door.signIn()).rejects.toMatchObject({ code: 'issuer-away' })
    lonely.online = true
    await lonely.door.signIn()
    expect(lonely.href).toContain('/_fanfare/identity/authorize')
  })
})
