import { expect, test } from 'vitest'
import { accessKeyIdOf } from './aws.ts'
import { startIotCore } from './iot/index.ts'
import { stackCredentials } from './stack-credentials.ts'
import { readTemplate } from './template/read-template.ts'

const template = readTemplate(
  `
service: tills
provider:
  name: aws
functions:
  teller:
    handler: teller.handler
    permissions:
      - Action: [iot:Publish, iot:GetRetainedMessage]
        Resource: topics of the contracts
      - Action: iot:DeleteConnection
        Resource: !Sub arn:aws:iot:\${AWS::Region}:\${AWS::AccountId}:client/till-*
      - Action: [sqs:SendMessage]
        Resource: '*'
  silent:
    handler: silent.handler
`,
  { env: {} },
)

// docs/aws-iot-core.md §5b, §6
test('a function in this process may ask IoT Core what its permissions in serverless.yml say', async () => {
  const iot = await startIotCore({ credentials: stackCredentials(template) })
  const ask = async (key: string, method: string, path: string, query = {}): Promise<string> => {
    const credential = `Credential=${accessKeyIdOf(key)}/20260101/eu-west-1/iotdata/aws4_request`
    const headers = { authorization: `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=host, Signature=0` }
    const { statusCode, body } = await iot.dataPlane({ method, path, query, headers, body: Buffer.from('x') })
    return `${statusCode} ${Buffer.from(body).toString()}`
  }
  expect(await ask('teller', 'POST', '/topics/campaigns%2Fa')).toMatch(/^200 /)
  expect(await ask('teller', 'POST', '/topics/campaigns%2Fa', { retain: 'true' })).toMatch(
    /^403 .*tills-dev-teller may not iot:RetainPublish on .*topic\/campaigns\/a: no statement allows it/,
  )
  expect(await ask('teller', 'DELETE', '/connections/till-1')).toMatch(/^404 /)
  expect(await ask('teller', 'DELETE', '/connections/visitor')).toMatch(/^403 /)
  expect(await ask('silent', 'POST', '/topics/a')).toMatch(/^403 .*tills-dev-silent may not iot:Publish/)
  await iot.close()
})
