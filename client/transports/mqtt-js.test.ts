import mqtt from 'mqtt'
import { transportSuite } from '../connection/transport.suite.ts'
import { mqttJs } from './mqtt-js.ts'

transportSuite('mqttJs', {
  bySession: true,
  start: async () => ({ transport: mqttJs(mqtt.connect), stop: async () => {} }),
})
