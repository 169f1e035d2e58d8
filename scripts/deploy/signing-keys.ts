/**
 * The public keys that AWS IoT checks tokens with, for the template's authorizer.
 *
 * @module
 */
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Public keys by name, PEM. At most two: `current` and, while they are being rotated, `next`. */
export type PublicKeys = Readonly<Record<string, string>>

/** Where a stage's keys lie under the project's root; git ignores it. */
export function keyFolder(root: string, stage: string): string {
  return join(root, '.fanfare', 'keys', stage)
}

/** The file of the public keys in that folder: JSON of PublicKeys. */
export const publicKeysFile = 'signing-public-keys.json'

/** What stands in the template when there is no key, so that AWS's refusal says what to do. */
export function missingKey(stage: string): string {
  return `no public key: run npm run keys -- --stage ${stage} and deploy again`
}

/**
 * The keys that serverless.yml got from the environment (`SIGNING_PUBLIC_KEY_CURRENT`, `SIGNING_PUBLIC_KEY_NEXT`), else
 * those that `npm run keys` wrote for the stage; undefined when there are none. Throws an Error that names the key
 * when one is no RSA public key of 2048 bits or more.
 */
export function readPublicKeys(
  root: string,
  stage: string,
  fromTemplate: PublicKeys,
): PublicKeys | undefined {
  const given = Object.entries(fromTemplate).filter(([, pem]) => pem !== '')
  const keys = given.length > 0 ? Object.fromEntries(given) : readFile(root, stage)
  for (const [name, pem] of Object.entries(keys ?? {})) checkKey(name, pem)
  return keys
}

function readFile(root: string, stage: string): PublicKeys | undefined {
  const file = join(keyFolder(root, stage), publicKeysFile)
  let text
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
  const keys: unknown = JSON.parse(text)
  if (typeof keys !== 'object' || keys === null || Object.keys(keys).length === 0) {
    throw new Error(`${file} is not a JSON object of public keys: delete the folder and make keys anew`)
  }
  return keys as PublicKeys
}

function checkKey(name: string, pem: string): void {
  const bits = bitsOf(pem)
  if (bits === undefined || bits < 2048) {
    throw new Error(
      `signing key ${JSON.stringify(name)} is ${bits === undefined ? 'no RSA public key in PEM' : `${bits} bits`}; ` +
        'AWS IoT wants an RSA public key of 2048 bits or more: npm run keys makes one',
    )
  }
}

function bitsOf(pem: string): number | undefined {
  try {
    const key = createPublicKey(pem)
    return key.asymmetricKeyType === 'rsa' ? key.asymmetricKeyDetails?.modulusLength : undefined
  } catch {
    // Not a key at all: the caller says so in words that help more than OpenSSL's.
    return undefined
  }
}
