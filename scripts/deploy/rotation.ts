/**
 * The life of a stage's signing keys. A token is good while its key is among the authorizer's public keys, so a new
 * key is published before it signs, and an old one is removed after its last token ended:
 *
 * ```
 * none ──▶ one key ──rotate──▶ next published ──rotate──▶ next signs ──rotate──▶ one key
 * ```
 *
 * Pure: keys in, keys and advice out.
 *
 * @module
 */
import { createPrivateKey, createPublicKey } from 'node:crypto'
import type { PublicKeys } from './signing-keys.ts'

/** What a stage's folder holds. Keys are PEM: private ones PKCS #8, public ones SPKI. */
export interface KeySet {
  /** The private key that `POST /session` signs with. */
  readonly signer: string
  /** The private key that will sign after the next step. */
  readonly nextSigner?: string
  readonly publicKeys: PublicKeys
}

export interface KeyPair {
  readonly privateKey: string
  readonly publicKey: string
}

/** Where in its life a set stands. */
export type RotationState = 'one key' | 'next published' | 'next signs'

/** A set that no step leads to: files were edited or mixed by hand. */
export class KeySetError extends Error {
  override readonly name = 'KeySetError'
  readonly code = 'KEY_SET_INCONSISTENT'
}

/** The first key of a stage. */
export function firstKeys(pair: KeyPair): KeySet {
  return { signer: pair.privateKey, publicKeys: { current: pair.publicKey } }
}

/** Where the set stands, by its keys alone. Throws KeySetError when they do not belong together. */
export function rotationState({ signer, nextSigner, publicKeys }: KeySet): RotationState {
  const { current, next } = publicKeys
  const signs = publicOf(signer)
  if (next === undefined && signs === current) return 'one key'
  if (next !== undefined && signs === next) return 'next signs'
  if (next !== undefined && signs === current && nextSigner && publicOf(nextSigner) === next) {
    return 'next published'
  }
  throw new KeySetError(
    'the private and public keys do not belong together: put back the folder as it was, or delete it and start with new keys ' +
      '(tokens of the old ones end at once)',
  )
}

/** The next step of a rotation. `makePair` is called only when a key is due. */
export function rotate(keys: KeySet, makePair: () => KeyPair): KeySet {
  switch (rotationState(keys)) {
    case 'one key': {
      const pair = makePair()
      return {
        signer: keys.signer,
        nextSigner: pair.privateKey,
        publicKeys: { ...keys.publicKeys, next: pair.publicKey },
      }
    }
    case 'next published':
      return { signer: keys.nextSigner ?? keys.signer, publicKeys: keys.publicKeys }
    case 'next signs':
      return { signer: keys.signer, publicKeys: { current: publicOf(keys.signer) } }
  }
}

/** What is to be done on AWS after a step. */
export interface Advice {
  /** Parameters that changed, in the order in which to store them. */
  readonly store: readonly ('publicKeys' | 'signer')[]
  readonly deploy: boolean
  /** What comes after, in words. */
  readonly next: string
}

/** What a step asks for. `first`: the keys are new, rather than rotated. */
export function adviceFor(state: RotationState, first: boolean): Advice {
  switch (state) {
    case 'one key':
      return first
        ? { store: ['publicKeys', 'signer'], deploy: true, next: 'Nothing more until you rotate.' }
        : {
            store: ['publicKeys'],
            deploy: true,
            next: 'The rotation is done: tokens of the old key are refused.',
          }
    case 'next published':
      return {
        store: ['publicKeys'],
        deploy: true,
        next: 'After the deploy and five minutes (functions keep keys that long), run --rotate again: the new key then signs.',
      }
    case 'next signs':
      return {
        store: ['signer'],
        deploy: false,
        next: 'When the last token of the old key has ended (SESSION_SECONDS, an hour unless set, and five minutes), run --rotate again: it removes the old key.',
      }
  }
}

function publicOf(privateKey: string): string {
  return createPublicKey(createPrivateKey(privateKey)).export({ type: 'spki', format: 'pem' }).toString()
}
