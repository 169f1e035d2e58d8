import type { CloudFormationCustomResourceEvent, CloudFormationCustomResourceResponse } from 'aws-lambda'

/** Looks up the host names of the account's IoT endpoints. */
export interface IotHosts {
  /** The data endpoint (iot:Data-ATS). */
  data(): Promise<string | undefined>
  /** The host of a domain configuration. */
  domain(name: string): Promise<string | undefined>
}

/**
 * What CloudFormation is told. A failed look-up is FAILED with its reason, so that the stack rolls back at once
 * instead of after an hour. Nothing was made, so Delete always succeeds.
 */
export async function answerCustomResource(
  event: CloudFormationCustomResourceEvent,
  hosts: IotHosts,
  logStream: string,
): Promise<CloudFormationCustomResourceResponse> {
  const answer = {
    PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : 'iot-endpoints',
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
  }
  if (event.RequestType === 'Delete') return { ...answer, Status: 'SUCCESS' }
  try {
    const data = named(await hosts.data(), 'DescribeEndpoint iot:Data-ATS')
    const domain: unknown = event.ResourceProperties['DomainConfigurationName']
    const mqtt =
      typeof domain === 'string' && domain !== ''
        ? named(await hosts.domain(domain), `DescribeDomainConfiguration ${domain}`)
        : data
    return { ...answer, Status: 'SUCCESS', Data: { Mqtt: `wss://${mqtt}/mqtt`, Data: `https://${data}` } }
  } catch (error) {
    const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
    // CloudFormation refuses an answer over 4096 bytes; the reason is the only part without a bound.
    return { ...answer, Status: 'FAILED', Reason: `${reason.slice(0, 1000)} (log stream ${logStream})` }
  }
}

function named(host: string | undefined, call: string): string {
  if (!host) throw new Error(`${call} named no host`)
  return host
}
