import { systemClock } from '../clock.ts'
import { encodePublish } from '../mqtt/encode.ts'
import { mqttOverWebSocket } from './mqtt-over-websocket.ts'
import { transportSuite } from './transport.suite.ts'

transportSuite('mqttOverWebSocket', {
  bySession: true,
  start: async () => ({
    transport: mqttOverWebSocket(WebSocket, systemClock, encodePublish),
    stop: async () => {},
  }),
})
