import { GetParameterCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { inProcessHandler, testClientConfig } from '../messaging/in-process-handler.ts'
import { createParameters } from './parameters.ts'

function clientOf(
  values: Parameters<typeof createParameters>[0],
  log?: (message: string) => void,
): SSMClient {
  const requestHandler = inProcessHandler(createParameters(values, log))
  return new SSMClient({ ...testClientConfig, requestHandler, maxAttempts: 1 })
}

test('a parameter is read, and a function is asked at each read', async () => {
  let reads = 0
  const client = clientOf({ '/a': 'text', '/b': async () => `read ${++reads}` })
  const read = async (Name: string) =>
    (await client.send(new GetParameterCommand({ Name, WithDecryption: true }))).Parameter
  expect(await read('/a')).toMatchObject({
    Name: '/a',
    Value: 'text',
    Type: 'SecureString',
    ARN: 'arn:aws:ssm:eu-west-1:000000000000:parameter/a',
  })
  expect((await read('/b'))?.Value).toBe('read 1')
  expect((await read('/b'))?.Value).toBe('read 2')
})

test('without decryption the value is not handed out', async () => {
  const { Parameter } = await clientOf({ '/a': 'secret' }).send(new GetParameterCommand({ Name: '/a' }))
  expect(Parameter?.Value).toMatch(/^encrypted:/)
})

test('several are read at once, and the missing ones are named', async () => {
  const client = clientOf({ '/a': '1', '/b': '2' })
  const answer = await client.send(
    new GetParametersCommand({ Names: ['/a', '/x', '/b'], WithDecryption: true }),
  )
  expect(answer.Parameters?.map(({ Value }) => Value)).toEqual(['1', '2'])
  expect(answer.InvalidParameters).toEqual(['/x'])
})

test('a missing parameter is an error of its own class, a failing function a logged one', async () => {
  const logged: string[] = []
  const client = clientOf({ '/bad': () => Promise.reject(new Error('no key yet')) }, (message) =>
    logged.push(message),
  )
  await expect(client.send(new GetParameterCommand({ Name: 'constructor' }))).rejects.toMatchObject({
    name: 'ParameterNotFound',
  })
  await expect(client.send(new GetParameterCommand({ Name: '/bad' }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 500 },
  })
  expect(logged[0]).toContain('no key yet')
})
