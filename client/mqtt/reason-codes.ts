/**
 * Reason codes the client acts on, of those AWS IoT Core sends. MQTT 5.0 section 2.4;
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt5-reason-codes
 */
export const reasonCode = {
  success: 0x00,
  unspecified: 0x80,
  malformedPacket: 0x81,
  implementationSpecific: 0x83,
  badUserNameOrPassword: 0x86,
  notAuthorized: 0x87,
  serverBusy: 0x89,
  keepAliveTimeout: 0x8d,
  sessionTakenOver: 0x8e,
  topicFilterInvalid: 0x8f,
  quotaExceeded: 0x97,
} as const

/** Whether a code means failure. MQTT 5.0 section 2.4: 0x80 and above do. */
export const isFailure = (code: number): boolean => code >= 0x80

/** `0x87`, as the specification writes it. */
export const writeReasonCode = (code: number): string => `0x${code.toString(16).padStart(2, '0')}`
