/**
 * Where other brokers do not pass the conformance suite, and why this one is as it is: AWS is the measure. By the case's name.
 *
 * @module
 */
export const knownDifferences: Readonly<Record<'mosquitto' | 'aws', Readonly<Record<string, string>>>> = {
  mosquitto: {},
  aws: {},
}
