import { expect, test } from 'vitest'
import { readCredentialOptions } from './iam-credential.ts'
import type { SignedRequest } from './signed-request.ts'
import { type SignatureRules, verifyUpgrade } from './verify-signature.ts'

const token = 'session/token+='
const rules: SignatureRules = {
  credentials: readCredentialOptions([
    {
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      sessionToken: token,
      principal: 'a-role',
    },
  ]),
  region: 'us-east-1',
  now: Date.parse('2026-10-06T12:36:00Z'),
}

/** What aws-crt 1.33 signed, query and host. */
function upgrade(changes: Record<string, string | undefined> = {}, headers = {}): SignedRequest {
  const query = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': 'AKIDEXAMPLE/20261006/us-east-1/iotdevicegateway/aws4_request',
    'X-Amz-Date': '20261006T123456Z',
    'X-Amz-Expires': '3600',
    'X-Amz-SignedHeaders': 'host',
    'X-Amz-Signature': '6b4979fbf8f64c22fa244292a972bf18532ea2ab3d7ca07d30b75d7e30da0134',
    'X-Amz-Security-Token': token,
    ...changes,
  }
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  return {
    method: 'GET',
    path: '/mqtt',
    query: Object.fromEntries(given) as Record<string, string>,
    headers: { host: 'abc123-ats.iot.us-east-1.amazonaws.com', ...headers },
    body: new Uint8Array(),
  }
}

test('§5b verifies what AWS’s own client signed, its session token left out', async () => {
  expect(await verifyUpgrade(rules, upgrade())).toMatchObject({ credential: { principal: 'a-role' } })
})

test('§5b the port is no part of the host on AWS', async () => {
  const withPort = { host: 'abc123-ats.iot.us-east-1.amazonaws.com:443' }
  expect(await verifyUpgrade(rules, upgrade({}, withPort))).toHaveProperty('credential')
})

test.each([
  ['another host', {}, { host: 'elsewhere' }, 'SIGNATURE_MISMATCH', 'its secret is another'],
  ['another parameter', { extra: 'x' }, {}, 'SIGNATURE_MISMATCH', 'access key AKIDEXAMPLE'],
  [
    'no algorithm',
    { 'X-Amz-Algorithm': undefined },
    {},
    'SIGNATURE_INCOMPLETE',
    'X-Amz-Algorithm is missing',
  ],
  ['no signature', { 'X-Amz-Signature': undefined }, {}, 'SIGNATURE_INCOMPLETE', '64 hexadecimal digits'],
  ['no date', { 'X-Amz-Date': 'today' }, {}, 'SIGNATURE_INCOMPLETE', '"today"'],
  ['no such day', { 'X-Amz-Date': '20261306T123456Z' }, {}, 'SIGNATURE_INCOMPLETE', 'yyyymmddThhmmssZ'],
  ['a lifetime that is none', { 'X-Amz-Expires': '-1' }, {}, 'SIGNATURE_INCOMPLETE', 'number of seconds'],
  [
    'half a scope',
    { 'X-Amz-Credential': 'AKIDEXAMPLE/20261006' },
    {},
    'SIGNATURE_INCOMPLETE',
    'aws4_request',
  ],
  [
    'an unknown key',
    { 'X-Amz-Credential': 'X/20261006/us-east-1/iotdevicegateway/aws4_request' },
    {},
    'CREDENTIAL_UNKNOWN',
    'the local broker knows AKIDEXAMPLE',
  ],
  [
    'another Region',
    { 'X-Amz-Credential': 'AKIDEXAMPLE/20261006/eu-west-1/iotdevicegateway/aws4_request' },
    {},
    'SCOPE_INVALID',
    'this broker plays us-east-1',
  ],
  [
    'the data plane’s service',
    { 'X-Amz-Credential': 'AKIDEXAMPLE/20261006/us-east-1/iotdata/aws4_request' },
    {},
    'SCOPE_INVALID',
    'use iotdevicegateway',
  ],
  [
    'another day in the scope',
    { 'X-Amz-Credential': 'AKIDEXAMPLE/20261005/us-east-1/iotdevicegateway/aws4_request' },
    {},
    'SCOPE_INVALID',
    'another day',
  ],
  ['a host that is not signed', { 'X-Amz-SignedHeaders': 'x' }, {}, 'SCOPE_INVALID', 'must name host'],
  ['no token', { 'X-Amz-Security-Token': undefined }, {}, 'SECURITY_TOKEN_INVALID', 'missing'],
  ['another token', { 'X-Amz-Security-Token': 'x' }, {}, 'SECURITY_TOKEN_INVALID', 'another'],
])('§5b refuses %s', async (_, changes, headers, code, message) => {
  expect(await verifyUpgrade(rules, upgrade(changes, headers))).toEqual({
    code,
    message: expect.stringContaining(message),
  })
})

test('§5b is good for five minutes before and after its date, whatever it asks for', async () => {
  const at = async (seconds: number): Promise<object> =>
    verifyUpgrade({ ...rules, now: Date.parse('2026-10-06T12:34:56Z') + seconds * 1000 }, upgrade())
  expect(await at(300)).toHaveProperty('credential')
  expect(await at(-300)).toHaveProperty('credential')
  expect(await at(301)).toMatchObject({ code: 'SIGNATURE_EXPIRED' })
  expect(await at(-301)).toMatchObject({ code: 'SIGNATURE_EXPIRED' })
})
