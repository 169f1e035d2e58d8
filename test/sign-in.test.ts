import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sessionClaims } from '../client/signed-in-sessions.ts'
import { signInAs } from './support/sign-in.ts'
import { testStack, type TestStack } from './support/stack.ts'

let stack: TestStack
beforeAll(async () => {
  stack = await testStack()
})
afterAll(async () => {
  await stack[Symbol.asyncDispose]()
})

describe('signing in', () => {
  it('gives a session with what the issuer says of the person', async () => {
    const { session } = await signInAs(stack.urls.site, 'ada')
    expect(session.principal).toMatch(/^u[a-z2-7]{26}$/)
    expect(sessionClaims(session)).toEqual({
      principal: session.principal,
      signedIn: true,
      roles: ['agent'],
      values: { agentId: 'ada' },
    })
  })
})
