import { execFile } from 'node:child_process'
import { generateKeyPairSync, sign, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readPublicKeys } from './deploy/signing-keys.ts'

const run = promisify(execFile)
let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'fanfare-keys-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const keys = (...args: readonly string[]) =>
  run(process.execPath, [join(import.meta.dirname, 'keys.ts'), ...args], { cwd: root })
const folder = (stage = 'dev') => join(root, '.fanfare', 'keys', stage)
const read = (name: string) => readFileSync(join(folder(), name), 'utf8')
const publicKeys = () => JSON.parse(read('signing-public-keys.json')) as Record<string, string>

test('makes a pair that signs and verifies, which only its owner may read', async () => {
  await keys()
  const token = Buffer.from('token')
  const signature = sign('RSA-SHA256', token, read('signing-key.pem'))
  expect(verify('RSA-SHA256', token, publicKeys()['current'] ?? '', signature)).toBe(true)
  expect(statSync(folder()).mode & 0o777).toBe(0o700)
  expect(readdirSync(folder()).map((name) => statSync(join(folder(), name)).mode & 0o777)).toEqual([
    0o600, 0o600,
  ])
})

test('prints the commands for the stage and Region, and never a private key', async () => {
  const { stdout, stderr } = await keys('--stage', 'prod', '--region', 'us-east-1')
  expect(stdout).toContain(
    'aws ssm put-parameter --region us-east-1 --overwrite --name /fanfare/prod/signing-key --type SecureString ' +
      '--value file://.fanfare/keys/prod/signing-key.pem',
  )
  expect(stdout).toContain('--name /fanfare/prod/signing-public-keys --type String')
  expect(stdout + stderr).not.toContain('PRIVATE KEY')
})

test('a second run changes nothing, and a rotation takes three', async () => {
  await keys()
  const before = read('signing-key.pem')
  expect((await keys()).stdout).toContain('nothing was changed')
  expect(read('signing-key.pem')).toBe(before)

  expect((await keys('--rotate')).stdout).toContain('next published')
  expect(read('signing-key.pem')).toBe(before)
  expect(Object.keys(publicKeys())).toEqual(['current', 'next'])
  const next = publicKeys()['next']

  expect((await keys('--rotate')).stdout).not.toContain('serverless deploy')
  expect(read('signing-key.pem')).not.toBe(before)

  expect((await keys('--rotate')).stdout).toContain('The rotation is done')
  expect(publicKeys()).toEqual({ current: next })
  expect(readdirSync(folder()).sort()).toEqual(['signing-key.pem', 'signing-public-keys.json'])
})

test.each([
  [['--stage', '../dev'], /stage "..\/dev": use 1 to 32/],
  [['--region', 'x; rm'], /region "x; rm"/],
  [['--rotate'], /has no keys to rotate/],
  [['--nonsense'], /Unknown option '--nonsense'/],
])('%j is refused with a line and the usage', async (args, message) => {
  await expect(keys(...args)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(message) as string,
  })
  expect(readdirSync(root)).toEqual([])
})

test('keys that were mixed up by hand are left as they are', async () => {
  await keys()
  const { publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const file = join(folder(), 'signing-public-keys.json')
  writeFileSync(file, JSON.stringify({ current: publicKey }))
  await expect(keys('--rotate')).rejects.toMatchObject({
    stderr: expect.stringContaining('do not belong together') as string,
  })
  expect(publicKeys()).toEqual({ current: publicKey })
})

test('the deploy takes keys from the environment first, and refuses what is no RSA key of 2048 bits', async () => {
  expect(readPublicKeys(root, 'dev', { current: '', next: '' })).toBeUndefined()
  await keys()
  expect(readPublicKeys(root, 'dev', { current: '', next: '' })).toEqual(publicKeys())
  const given = publicKeys()['current'] ?? ''
  expect(readPublicKeys(root, 'other', { current: given, next: '' })).toEqual({ current: given })
  expect(() => readPublicKeys(root, 'dev', { current: 'no key' })).toThrow(/"current" is no RSA public key/)
  const { publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 1024,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  expect(() => readPublicKeys(root, 'dev', { current: publicKey })).toThrow(/1024 bits/)
})
