/** The broker sent what MQTT 5 does not allow; the connection cannot go on. */
export class MqttProtocolError extends Error {
  override readonly name = 'MqttProtocolError'
  readonly code = 'PROTOCOL_ERROR'

  constructor(problem: string, options?: ErrorOptions) {
    super(`the broker's bytes are not MQTT 5: ${problem}`, options)
  }
}
