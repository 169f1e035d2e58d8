/**
 * The server's side of a WebSocket's opening handshake. Pure. RFC 6455 section 4.2.
 *
 * @module
 */
import { hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** An answer that refuses the upgrade. */
export interface HandshakeRefusal {
  readonly status: 400 | 405 | 426
  readonly message: string
}

/** What is wrong with an upgrade request, or undefined. RFC 6455 section 4.2.1. */
export function handshakeProblem({ method, headers }: IncomingMessage): HandshakeRefusal | undefined {
  if (method !== 'GET') return { status: 405, message: `the method is ${method}; a WebSocket opens with GET` }
  const version = headers['sec-websocket-version']
  if (headers.upgrade?.toLowerCase() !== 'websocket')
    return { status: 400, message: `the upgrade is to ${headers.upgrade}; use websocket` }
  if (version !== '13') return { status: 426, message: `the WebSocket version is ${version}; use 13` }
  const key = headers['sec-websocket-key'] ?? ''
  // 16 bytes as base64.
  if (!/^[+/0-9A-Za-z]{22}==$/.test(key))
    return { status: 400, message: 'Sec-WebSocket-Key is not 16 bytes as base64' }
  return undefined
}

/** The response that opens the WebSocket, to a request without a problem. RFC 6455 section 4.2.2. */
export function acceptingResponse({ headers }: IncomingMessage, subprotocol: string): string {
  const key = `${headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`
  return (
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
    `Sec-WebSocket-Accept: ${hash('sha1', key, 'base64')}\r\nSec-WebSocket-Protocol: ${subprotocol}\r\n\r\n`
  )
}
