/**
 * CloudFormation custom resource: the IoT host names, which no GetAtt tells. `Mqtt` is what browsers connect to
 * (wss://host/mqtt), `Data` what functions publish to (https://host).
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/crpg-ref.html
 *
 * @module
 */
import { DescribeDomainConfigurationCommand, DescribeEndpointCommand, IoTClient } from '@aws-sdk/client-iot'
import type { CloudFormationCustomResourceEvent, Context } from 'aws-lambda'
import { answerCustomResource, type IotHosts } from './endpoints.ts'
import { eventHandler } from './handler.ts'

const client = new IoTClient({ maxAttempts: 5 })

const hosts: IotHosts = {
  async data() {
    const answer = await client.send(new DescribeEndpointCommand({ endpointType: 'iot:Data-ATS' }))
    return answer.endpointAddress
  },
  async domain(domainConfigurationName) {
    const answer = await client.send(new DescribeDomainConfigurationCommand({ domainConfigurationName }))
    return answer.domainName
  },
}

export const handler = eventHandler(async (event: CloudFormationCustomResourceEvent, context: Context) => {
  const answer = await answerCustomResource(event, hosts, context.logStreamName)
  const response = await fetch(event.ResponseURL, { method: 'PUT', body: JSON.stringify(answer) })
  if (!response.ok) {
    throw new Error(
      `CloudFormation's ResponseURL answered ${response.status}: the stack waits until its time-out`,
    )
  }
})
