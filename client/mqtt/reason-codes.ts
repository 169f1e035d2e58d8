/**
 * Reason codes the client acts on, of those AWS IoT Core sends. MQTT 5.0 section 2.4;
 * https://docs.aws.amazon.com/iot/latest/developerguide/mqtt.html#mqtt5-reason-codes
 * Constants of their own, because a bundler puts their numbers where they are used.
 *
 * @module
 */
export const unspecifiedError = 0x80
export const malformedPacket = 0x81
export const implementationSpecificError = 0x83
export const badUserNameOrPassword = 0x86
export const notAuthorized = 0x87
export const keepAliveTimeout = 0x8d
export const sessionTakenOver = 0x8e
export const quotaExceeded = 0x97

/** Whether a code means failure. MQTT 5.0 section 2.4: 0x80 and above do. */
export const isFailure = (code: number): boolean => code >= 0x80

/** `0x87`, as the specification writes it. */
export const writeReasonCode = (code: number): string => `0x${code.toString(16).padStart(2, '0')}`
