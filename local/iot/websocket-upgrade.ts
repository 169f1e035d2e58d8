/**
 * The door for WebSockets: `/mqtt`, with one of MQTT's subprotocols. docs/aws-iot-core.md §1.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { IamCredential } from './auth/iam-credential.ts'
import { bounds } from './limits.ts'
import { acceptingResponse, handshakeProblem } from './wire/websocket-handshake.ts'

/** Both are in use: AWS's own browser SDK offers `mqttv3.1` for 3.1.1. docs/aws-iot-core.md §1. */
const subprotocols = ['mqtt', 'mqttv3.1']

const statusTexts = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  426: 'Upgrade Required',
} as const

/** Who presigned the upgrade, if anybody did, or why it is refused. */
export type UpgradeVerdict = { readonly signedBy: IamCredential | undefined } | { readonly refused: string }

export interface UpgradeHandlers {
  /** Whether the upgrade is presigned rightly; undefined when it is not presigned at all. Never rejects. */
  readonly verify: (request: IncomingMessage) => Promise<UpgradeVerdict> | undefined
  /** Told of a socket on which frames follow. */
  readonly onWebSocket: (
    socket: Socket,
    request: IncomingMessage,
    signedBy: IamCredential | undefined,
  ) => void
}

/** Answers an upgrade request. */
export function answerUpgrade(
  request: IncomingMessage,
  stream: Duplex,
  head: Buffer,
  { verify, onWebSocket }: UpgradeHandlers,
): void {
  // node:http hands on the net.Socket it was given.
  const socket = stream as Socket
  socket.on('error', destroy)
  const path = request.url?.split('?')[0]
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim())
  const subprotocol = subprotocols.find((name) => offered.includes(name))
  const problem = handshakeProblem(request)
  if (path !== '/mqtt') refuse(socket, 404, `there is no WebSocket at ${path}; use /mqtt`)
  else if (problem) refuse(socket, problem.status, problem.message)
  else if (subprotocol === undefined)
    refuse(socket, 400, `the subprotocols offered are ${offered.join(', ') || 'none'}; use mqtt`)
  else {
    const open = (signedBy: IamCredential | undefined): void => {
      socket.setTimeout(0)
      socket.setNoDelay(true)
      if (head.length > 0) socket.unshift(head)
      socket.write(acceptingResponse(request, subprotocol))
      onWebSocket(socket, request, signedBy)
    }
    const verifying = verify(request)
    if (verifying) void openWhenVerified(verifying, socket, open)
    else open(undefined)
  }
}

async function openWhenVerified(
  verifying: Promise<UpgradeVerdict>,
  socket: Socket,
  open: (signedBy: IamCredential | undefined) => void,
): Promise<void> {
  const verdict = await verifying
  // It may have gone while its signature was looked at.
  if (socket.destroyed) return
  if ('refused' in verdict) refuse(socket, 403, verdict.refused)
  else open(verdict.signedBy)
}

/** An error on the socket is the client's own end; it needs no answer, and 'close' follows. */
function destroy(this: Socket): void {
  this.destroy()
}

function refuse(socket: Socket, status: keyof typeof statusTexts, message: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${statusTexts[status]}\r\nconnection: close\r\n` +
      (status === 426 ? 'sec-websocket-version: 13\r\n' : '') +
      `content-type: text/plain\r\ncontent-length: ${Buffer.byteLength(message)}\r\n\r\n${message}`,
  )
  // A client that does not close its half of the connection does not keep ours.
  const late = setTimeout(() => socket.destroy(), bounds.closeMs)
  socket.once('close', () => clearTimeout(late))
}
