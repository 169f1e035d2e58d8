/**
 * AWS quotas that a topic contract can break, each with its unit and source. Prose elsewhere names the constant.
 *
 * @module
 */

/** Bytes of UTF-8 in a topic name or filter. https://docs.aws.amazon.com/general/latest/gr/iot-core.html#message-broker-limits */
export const topicBytesMax = 256

/** Slashes in a topic name or filter. Same page. */
export const topicSlashesMax = 7

/** Bytes in one publish payload. Same page. */
export const payloadBytesMax = 128 * 1024

/** Retained publishes per second and topic, not adjustable: the reason for the shortest pace. Same page. */
export const retainedPublishesPerSecondAndTopic = 1

/** Bytes of UTF-8 in a client ID. Same page. */
export const clientIdBytesMax = 128

/** Topic filters in one SUBSCRIBE packet. Same page. */
export const filtersPerSubscribeMax = 8

/** Policy documents in an authorizer's answer. https://docs.aws.amazon.com/iot/latest/developerguide/custom-auth-lambda.html */
export const policyDocumentsMax = 10

/** Characters in one policy document, white space not counted. Same page. */
export const policyDocumentCharactersMax = 2048

/** Shortest and longest life an authorizer may give a connection or a policy, seconds. Same page. */
export const connectionLifeSeconds = { min: 300, max: 86_400 } as const

/** Bytes that one metered message covers. https://aws.amazon.com/iot-core/pricing/additional-details/ */
export const meteredUnitBytes = 5 * 1024
