/**
 * Quotas of shared subscriptions, none of them adjustable. docs/aws-iot-core.md §2.5, §3;
 * https://docs.aws.amazon.com/general/latest/gr/iot-core.html
 *
 * @module
 */

/** Groups in an account. */
export const sharedGroupsMax = 100

/** Members of a group. */
export const sharedGroupMembersMax = 100

/** Subscriptions and unsubscriptions a second and group. */
export const sharedGroupChangesPerSecond = 100

/** Messages that a group queues, about. */
export const sharedQueueMessagesMax = 500_000

/** Queued messages that a group sends each of its members a second. */
export const sharedReplaysPerSecondAndMember = 20

/** Payload bytes that a group queues: the broker's own bound. */
export const sharedQueueBytesMax = 64 * 1024 * 1024
