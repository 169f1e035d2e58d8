import { systemClock } from '../clock.ts'
import { mqttOverWebSocket } from './mqtt-over-websocket.ts'
import { transportSuite } from './transport.suite.ts'

transportSuite('mqttOverWebSocket', {
  bySession: true,
  start: async () => ({ transport: mqttOverWebSocket(WebSocket, systemClock), stop: async () => {} }),
})
