import type { LossCode } from '../connection/loss.ts'
import type { Problem } from '../errors.ts'

/** What a developer can do about a problem. */
export const remedies: Readonly<Record<Problem['code'], string>> = {
  'unreadable-message': 'Something publishes to this topic that is no JSON. Publish through the table only.',
  'unfit-message':
    'What is published does not fit the contract of this page. Change the writer or the contract, and build both anew.',
  'newer-version': 'The contract was changed after this page was built. Reload the page.',
  'read-failed':
    'It is tried again. If it stays: look at the API’s answer in the network tab, and at its log.',
  'write-failed':
    'It is tried again. If it stays: look at the API’s answer in the network tab, and at its log.',
  'subscription-denied':
    'The contract’s `subscribe` does not let this session hear the topic. Sign in, or change the rule; `fanfare check` says who may hear what.',
  'listener-failed': 'A listener of the page threw. Its stack is in the console.',
}

/** Losses that time does not cure. */
export const lossRemedies: Partial<Readonly<Record<LossCode, string>>> = {
  unreachable: 'Nothing listens there, or the URL is wrong. Is the local stack running (`npm start`)?',
  'session-failed':
    '`POST /session`, or the callback `session`, failed. Look at its answer in the network tab.',
  'session-refused':
    'The broker does not take the token: its signature, its age, or the authorizer’s keys. Look at the authorizer’s log.',
  'taken-over':
    'Another connection uses the same client ID: two clients share one session. Give each its own.',
  'protocol-error':
    'What answers at the endpoint does not speak MQTT 5 over WebSocket. Is the endpoint right?',
}
