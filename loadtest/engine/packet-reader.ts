/**
 * Reads what a broker sends, frames and packets alike, in place: nothing is allocated for a packet that is whole in what the
 * socket gave. RFC 6455 section 5.2; MQTT 5.0 section 2.1.
 *
 * @module
 */

/** A PUBLISH: where its topic and its payload stand. It is one object for all, and its bytes are the socket's again after the call. */
export interface Published {
  readonly bytes: Buffer
  readonly topicFrom: number
  readonly topicTo: number
  readonly payloadFrom: number
  readonly payloadTo: number
  readonly retained: boolean
  /** 0 at QoS 0. */
  readonly packetId: number
}

/** Filled anew for each message, so that none costs an allocation. */
const published: { -readonly [Key in keyof Published]: Published[Key] } = {
  bytes: Buffer.alloc(0),
  topicFrom: 0,
  topicTo: 0,
  payloadFrom: 0,
  payloadTo: 0,
  retained: false,
  packetId: 0,
}

/** Told of each packet. The bytes are the reader's again after the call. */
export interface PacketEvents {
  onPublish(message: Published): void
  /** Any other packet: its type (the first byte's high half), and where what follows its fixed header stands. */
  onPacket(type: number, bytes: Buffer, from: number, to: number): void
  onPing(payload: Buffer): void
  /** The WebSocket's close code; 1005 when it gave none. */
  onClose(code: number): void
}

/** What no broker may send. */
export class WireError extends Error {
  override readonly name = 'WireError'
}

/** No broker sends more in one frame or packet: AWS's message is 128 KB. docs/aws-iot-core.md §3. */
const bytesMost = 1024 * 1024

export class PacketReader {
  /** The beginning of a frame that is not whole, and of a packet. */
  #frame: Buffer | undefined
  #packet: Buffer | undefined

  /** Takes `chunk` from `from` on to `to`. Throws WireError. */
  read(chunk: Buffer, from: number, to: number, events: PacketEvents): void {
    let bytes = chunk
    let at = from
    let end = to
    if (this.#frame) {
      bytes = Buffer.concat([this.#frame, chunk.subarray(from, to)])
      at = 0
      end = bytes.length
      this.#frame = undefined
    }
    while (end - at >= 2) {
      const first = bytes[at] ?? 0
      const second = bytes[at + 1] ?? 0
      let header = 2
      let length = second & 0x7f
      if (length === 126) {
        header = 4
        if (end - at < header) break
        length = bytes.readUInt16BE(at + 2)
      } else if (length === 127) {
        header = 10
        if (end - at < header) break
        length = Number(bytes.readBigUInt64BE(at + 2))
      }
      if (second >= 0x80) throw new WireError('a masked frame from a server')
      if (first & 0x08 && length > 125)
        throw new WireError(`a control frame of ${length} bytes; at most 125 fit`)
      if (length > bytesMost) throw new WireError(`a frame of ${length} bytes; at most ${bytesMost} are read`)
      if (end - at < header + length) break
      const payload = at + header
      at = payload + length
      const opcode = first & 0x0f
      if (opcode === 2 || opcode === 0) this.#packets(bytes, payload, at, events)
      else if (opcode === 8) events.onClose(length >= 2 ? bytes.readUInt16BE(payload) : 1005)
      else if (opcode === 9) events.onPing(Buffer.from(bytes.subarray(payload, at)))
      else if (opcode !== 10) throw new WireError(`a frame with opcode ${opcode}; MQTT is binary`)
    }
    if (at < end) this.#frame = Buffer.from(bytes.subarray(at, end))
  }

  #packets(chunk: Buffer, from: number, to: number, events: PacketEvents): void {
    let bytes = chunk
    let at = from
    let end = to
    if (this.#packet) {
      bytes = Buffer.concat([this.#packet, chunk.subarray(from, to)])
      at = 0
      end = bytes.length
      this.#packet = undefined
    }
    while (at < end) {
      let length = 0
      let body = at + 1
      let shift = 0
      let whole = false
      while (body < end) {
        const byte = bytes[body] ?? 0
        body += 1
        length |= (byte & 0x7f) << shift
        shift += 7
        if (byte < 0x80) {
          whole = true
          break
        }
        if (shift > 21) throw new WireError('a remaining length of more than four bytes')
      }
      if (whole && length > bytesMost) throw new WireError(`a packet of ${length} bytes`)
      if (!whole || end - body < length) {
        this.#packet = Buffer.from(bytes.subarray(at, end))
        return
      }
      const next = body + length
      const first = bytes[at] ?? 0
      if (first >> 4 === 3) publish(first, bytes, body, next, events)
      else events.onPacket(first >> 4, bytes, body, next)
      at = next
    }
  }
}

function publish(first: number, bytes: Buffer, from: number, end: number, events: PacketEvents): void {
  const topicFrom = from + 2
  const topicTo = topicFrom + (((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0))
  let at = topicTo
  let packetId = 0
  if ((first & 0x06) !== 0) {
    packetId = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    at += 2
  }
  let properties = 0
  for (let shift = 0; shift <= 21; shift += 7) {
    const byte = bytes[at] ?? 0
    at += 1
    properties |= (byte & 0x7f) << shift
    if (byte < 0x80) break
  }
  at += properties
  if (at > end) throw new WireError('a PUBLISH whose parts are longer than it')
  published.bytes = bytes
  published.topicFrom = topicFrom
  published.topicTo = topicTo
  published.payloadFrom = at
  published.payloadTo = end
  published.retained = (first & 1) !== 0
  published.packetId = packetId
  events.onPublish(published)
}
