/** MQTT 5 reason codes that AWS IoT Core sends. docs/aws-iot-core.md §2.7; MQTT 5.0 section 2.4. */
export const reason = {
  success: 0x00,
  unspecified: 0x80,
  malformedPacket: 0x81,
  protocolError: 0x82,
  clientIdNotValid: 0x85,
  notAuthorized: 0x87,
  serverShuttingDown: 0x8b,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  topicNameInvalid: 0x90,
  receiveMaximumExceeded: 0x93,
  topicAliasInvalid: 0x94,
  quotaExceeded: 0x97,
  administrativeAction: 0x98,
  qosNotSupported: 0x9b,
  subscriptionIdentifiersNotSupported: 0xa1,
} as const

/** MQTT 3.1.1 CONNACK return codes, section 3.2.2.3. */
export const returnCode = {
  unacceptableVersion: 1,
  identifierRejected: 2,
  unavailable: 3,
  notAuthorized: 5,
} as const

/** The 3.1.1 return code nearest to an MQTT 5 reason code. docs/aws-iot-core.md §12.3. */
export function returnCodeFor(reasonCode: number): number {
  if (reasonCode === reason.clientIdNotValid) return returnCode.identifierRejected
  if (reasonCode === reason.quotaExceeded) return returnCode.unavailable
  return returnCode.notAuthorized
}
