/**
 * The QoS 1 messages that are on their way to one client, by packet ID. A table as large as the window needs, indexed by
 * the ID's low bits: no hashing and nothing allocated per message, which at a full fan-out is most of the cost.
 *
 * @module
 */
import type { Delivery } from './delivery.ts'

const packetIdMax = 65_535

/** Slots at first; a power of two, doubled as more is in flight. */
const slotsMin = 4

export class InFlight {
  /** By packet ID modulo the table's size; 0 where a slot is free. */
  #packetIds: number[] = []
  #deliveries: (Delivery | undefined)[] = []
  /** Ms since 1970. */
  #sentAt: number[] = []
  #size = 0
  #lastPacketId = 0

  get size(): number {
    return this.#size
  }

  /** Takes a delivery in and gives it a packet ID that is not in use. MQTT 5.0 section 2.2.1. */
  add(delivery: Delivery, now: number): number {
    // Half empty, so that a free slot is near.
    if (this.#size * 2 >= this.#packetIds.length) this.#grow()
    const mask = this.#packetIds.length - 1
    do this.#lastPacketId = (this.#lastPacketId % packetIdMax) + 1
    while (this.#packetIds[this.#lastPacketId & mask] !== 0)
    this.#put(this.#lastPacketId, delivery, now)
    this.#size += 1
    return this.#lastPacketId
  }

  /** The delivery on its way under this packet ID. */
  get(packetId: number): Delivery | undefined {
    const slot = packetId & (this.#packetIds.length - 1)
    return this.#packetIds[slot] === packetId ? this.#deliveries[slot] : undefined
  }

  /** Takes a delivery out; answers whether it was there. */
  delete(packetId: number): boolean {
    const slot = packetId & (this.#packetIds.length - 1)
    if (packetId === 0 || this.#packetIds[slot] !== packetId) return false
    this.#packetIds[slot] = 0
    this.#deliveries[slot] = undefined
    this.#size -= 1
    return true
  }

  /** Packet IDs sent before this moment, ms since 1970, the oldest first. */
  sentBefore(moment: number): number[] {
    return this.#inOrder(moment).map((slot) => this.#packetIds[slot] ?? 0)
  }

  /** Takes everything out, the oldest first. */
  drain(): Delivery[] {
    const deliveries = this.#inOrder().flatMap((slot) => this.#deliveries[slot] ?? [])
    this.#packetIds = []
    this.#deliveries = []
    this.#sentAt = []
    this.#size = 0
    return deliveries
  }

  /** The slots in use since before this moment, in the order of sending: IDs rise, and wrap behind the last one. */
  #inOrder(before = Number.POSITIVE_INFINITY): number[] {
    const age = (slot: number): number =>
      (this.#lastPacketId - (this.#packetIds[slot] ?? 0) + packetIdMax) % packetIdMax
    const slots: number[] = []
    for (const [slot, packetId] of this.#packetIds.entries())
      if (packetId !== 0 && (this.#sentAt[slot] ?? 0) < before) slots.push(slot)
    return slots.sort((a, b) => (this.#sentAt[a] ?? 0) - (this.#sentAt[b] ?? 0) || age(b) - age(a))
  }

  #put(packetId: number, delivery: Delivery | undefined, sentAt: number): void {
    const slot = packetId & (this.#packetIds.length - 1)
    this.#packetIds[slot] = packetId
    this.#deliveries[slot] = delivery
    this.#sentAt[slot] = sentAt
  }

  /** IDs that differ in their low bits still do with one bit more. */
  #grow(): void {
    const [packetIds, deliveries, sentAt] = [this.#packetIds, this.#deliveries, this.#sentAt]
    const slots = Math.max(slotsMin, packetIds.length * 2)
    this.#packetIds = Array.from({ length: slots }, () => 0)
    this.#deliveries = Array.from({ length: slots }, () => undefined)
    this.#sentAt = Array.from({ length: slots }, () => 0)
    for (const [slot, packetId] of packetIds.entries())
      if (packetId !== 0) this.#put(packetId, deliveries[slot], sentAt[slot] ?? 0)
  }
}
