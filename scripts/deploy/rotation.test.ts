import { createPrivateKey, createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeKeyPair } from './key-files.ts'
import { adviceFor, firstKeys, KeySetError, rotate, rotationState } from './rotation.ts'

const [first, second] = [makeKeyPair(), makeKeyPair()]
const noPair = () => {
  throw new Error('no key is due')
}

test('a rotation publishes the next key, lets it sign, and removes the old one', () => {
  const one = firstKeys(first)
  expect(rotationState(one)).toBe('one key')

  const published = rotate(one, () => second)
  expect(rotationState(published)).toBe('next published')
  expect(published.signer).toBe(first.privateKey)
  expect(published.publicKeys).toEqual({ current: first.publicKey, next: second.publicKey })

  const signing = rotate(published, noPair)
  expect(rotationState(signing)).toBe('next signs')
  expect(signing.publicKeys).toEqual(published.publicKeys)

  const done = rotate(signing, noPair)
  expect(rotationState(done)).toBe('one key')
  expect(done).toEqual({ signer: second.privateKey, publicKeys: { current: second.publicKey } })
})

test('the key that signs is public, whichever of a step’s keys reach AWS first', () => {
  const one = firstKeys(first)
  const published = rotate(one, () => second)
  const signing = rotate(published, noPair)
  const done = rotate(signing, noPair)
  for (const [before, after] of [
    [one, published],
    [published, signing],
    [signing, done],
  ] as const) {
    expect(Object.values(after.publicKeys)).toContain(publicOf(before.signer))
    expect(Object.values(before.publicKeys)).toContain(publicOf(after.signer))
  }
})

test('what is to be stored and deployed follows from the step', () => {
  expect(adviceFor('one key', true)).toMatchObject({ store: ['publicKeys', 'signer'], deploy: true })
  expect(adviceFor('next published', false)).toMatchObject({ store: ['publicKeys'], deploy: true })
  expect(adviceFor('next signs', false)).toMatchObject({ store: ['signer'], deploy: false })
  expect(adviceFor('one key', false)).toMatchObject({ store: ['publicKeys'], deploy: true })
})

test('keys that do not belong together are refused', () => {
  expect(() =>
    rotationState({ signer: first.privateKey, publicKeys: { current: second.publicKey } }),
  ).toThrow(KeySetError)
  const { publicKeys } = rotate(firstKeys(first), () => second)
  expect(() => rotate({ signer: first.privateKey, publicKeys }, noPair)).toThrow(/do not belong together/)
})

function publicOf(privateKey: string): string {
  return createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString()
}
