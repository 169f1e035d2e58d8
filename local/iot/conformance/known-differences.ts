/**
 * Where other brokers do not pass the conformance suite, and why this one is as it is: AWS is the measure, and MQTT where AWS is
 * silent. By the case's name.
 *
 * @module
 */

/** Mosquitto 2.0.11, as Debian 12 has it. */
const mosquitto: Readonly<Record<string, string>> = {
  '§2.1 the newcomer wins a client ID, the older connection ends (MQTT 5)':
    'Mosquitto closes without the DISCONNECT 0x8E that AWS lists and MQTT 5.0 section 3.1.4 asks for',
  '§2.2 a QoS 0 publish with DUP ends the connection (MQTT 3.1.1)':
    'Mosquitto takes it; MQTT 3.1.1 [MQTT-3.3.1-2] forbids it',
  '§2.2 a packet that servers send ends the connection (MQTT 3.1.1)':
    'Mosquitto takes a PINGRESP from a client, as brokers that are bridged to it send it',
  '§2.2 AUTH ends the connection (MQTT 5)': 'Mosquitto closes without a DISCONNECT',
  '§2.2 topic alias 0 ends the connection (MQTT 5)':
    'Mosquitto says 0x81; MQTT 5.0 section 3.3.2.3.4 has 0x94 for it, which AWS lists',
  '§2.2 a response topic with a wildcard ends the connection (MQTT 5)':
    'Mosquitto takes it; MQTT 5.0 [MQTT-3.3.2-14] forbids it',
  '§2.3 a user property that is no UTF-8 ends the connection (MQTT 5)':
    'Mosquitto closes without a DISCONNECT',
  '§12.5 overlapping filters bring at least one copy, and one at the highest QoS (MQTT 3.1.1)':
    'Mosquitto sends one copy at the lower QoS; MQTT 3.1.1 [MQTT-3.3.5-1] wants the highest',
  '§2.4 a shared subscription brings no retained message (MQTT 3.1.1)':
    'Mosquitto sends it; AWS and MQTT 5.0 section 4.8.2 do not',
  '§2.4 a shared subscription brings no retained message (MQTT 5)':
    'Mosquitto sends it; AWS and MQTT 5.0 section 4.8.2 do not',
  '§2.5 No Local on a shared subscription ends the connection (MQTT 5)':
    'Mosquitto takes it; MQTT 5.0 [MQTT-3.8.3-4] has a protocol error for it',
}

/** Nobody has run the suite on AWS yet: what the first run finds is to be mended here or listed. */
const aws: Readonly<Record<string, string>> = {}

export const knownDifferences = { mosquitto, aws }
