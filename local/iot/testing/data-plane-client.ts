import { IoTDataPlaneClient } from '@aws-sdk/client-iot-data-plane'
import type { IotCore } from '../index.ts'
import type { ManualClock } from './manual-clock.ts'

interface Signer {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** The SDK's client of a broker's data plane, which tries once and signs by the broker's clock. */
export function dataPlaneClient(
  iot: IotCore,
  clock: ManualClock,
  credentials: Signer = { accessKeyId: 'local', secretAccessKey: 'local' },
): IoTDataPlaneClient {
  return new IoTDataPlaneClient({
    endpoint: `http://localhost:${iot.port}`,
    region: 'eu-west-1',
    credentials,
    maxAttempts: 1,
    systemClockOffset: clock.now() - Date.now(),
  })
}
