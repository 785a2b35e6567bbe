// Consumers that remember: two of a group that pops in order, two of a group that pops whatever
// there is and leaves a part to come again, two that want the locks of the same queues; and one
// who looks at offsets.
//
// I3 a place gives the same body each time · I5 the end of a queue never goes back, a group's
// offset not while its master lives · I6 everything acknowledged is handed and acknowledged by
// both groups · I7 in order nothing is passed over, and no two have a batch or a lock at a time ·
// I8 nobody else gets a message while it is invisible, or once it is acknowledged.
//
// What a new master knows of the old one's pops is not judged: it may hand things out again.

import { setTimeout as sleep } from 'node:timers/promises'
import { silentLog } from '../../src/base/log.ts'
import type { MqClient, PoppedMessage, PopReceipt } from '../../src/client/types.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import { lockReply, lockRequest } from '../../src/protocol/bodies/lock.ts'
import { lockBatchMq, unlockBatchMq } from '../../src/protocol/requests/locks.ts'
import { RemotingClient } from '../../src/remoting/client.ts'
import type { Acknowledged } from './history.ts'
import { wrongRefusal } from './refusals.ts'

const groups = { ordered: 'faults-in-order', popped: 'faults-popped', locked: 'faults-locked' }
const invisibleMs = { ordered: 2000, popped: 3000 }

type Options = {
  readonly client: MqClient
  readonly topic: string
  readonly broker: string
  readonly queues: number
  /** Negative control: what is handed out is believed to be its consumer's this many times longer. */
  readonly timesLonger?: number
}

/** What somebody has been given, until when, and by which master. */
type Held = { readonly by: string; readonly until: number; readonly life: number | undefined }

export class Consumers {
  readonly problems: string[] = []
  /** Which master serves; undefined while that is not known. */
  life: number | undefined = 0
  readonly #options: Options
  readonly #remoting = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })
  readonly #stopping = new AbortController()
  /** From the end of the sending on everything is acknowledged. */
  #isDraining = false
  #running: Promise<unknown> = Promise.resolve()
  readonly counts = { ordered: 0, popped: 0, again: 0, locks: 0 }
  readonly #bodyAt = new Map<string, string>()
  readonly #orderedTo = new Map<number, number>()
  readonly #orderedHeld = new Map<number, Held>()
  readonly #poppedHeld = new Map<string, Held & { isAcknowledged: boolean }>()
  readonly #poppedDone = new Set<string>()
  readonly #lockHolders = new Map<number, Held>()

  constructor(options: Options) {
    this.#options = options
  }

  begin(): void {
    const loops = ['a', 'b'].flatMap((name) => [
      this.#repeat('an ordered pop', (n) => this.#popInOrder(name, n)),
      this.#repeat('a pop', (n) => this.#pop(name, n)),
      this.#repeat('a lock', () => this.#lock(name)),
    ])
    const highest = new Map<string, number>()
    loops.push(this.#repeat('a look at offsets', () => this.#lookAtOffsets(highest)))
    this.#running = Promise.all(loops)
  }

  /** Waits until both groups have acknowledged all of these, and stops. */
  async end(acknowledged: readonly Acknowledged[], withinMs: number): Promise<void> {
    this.#isDraining = true
    const missing = () => [
      ...acknowledged.filter(({ body }) => !this.#poppedDone.has(body)),
      ...acknowledged.filter(
        ({ queueId, offset }) => offset >= (this.#orderedTo.get(queueId) ?? 0),
      ),
    ]
    const deadline = performance.now() + withinMs
    while (missing().length > 0 && performance.now() < deadline) await sleep(200)
    await this.stop()
    this.problems.push(...missing().map(({ body }) => `I6: ${body} did not come to both groups`))
    for (const { body, queueId, offset } of acknowledged) {
      const found = this.#bodyAt.get(`${queueId}/${offset}`)
      if (found !== undefined && found !== body) {
        this.problems.push(`I3: ${queueId}/${offset} gave ${found}, and ${body} was stored there`)
      }
    }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
    await this.#remoting.close()
  }

  async #repeat(what: string, one: (n: number) => Promise<void>): Promise<void> {
    for (let n = 0; !this.#stopping.signal.aborted; n++) {
      try {
        await one(n)
      } catch (error) {
        this.problems.push(...wrongRefusal(what, error))
        await sleep(50)
      }
    }
  }

  async #popInOrder(by: string, n: number): Promise<void> {
    const { client, topic, broker, queues } = this.#options
    const queueId = n % queues
    const { messages } = await client.pop({
      ...{ topic, broker, queueId, group: groups.ordered, max: 32, waitMs: 100 },
      ...{ invisibleMs: invisibleMs.ordered, initMode: 'min', order: true },
    })
    if (messages.length === 0) return
    this.#checkOrder(by, queueId, messages)
    await sleep(1)
    // A part of some batches is left, and has to come before everything else.
    const isPart = !this.#isDraining && n % 10 === 9
    const done = isPart ? messages.slice(0, messages.length >> 1) : messages
    if (done.length === 0) return
    const last = done.at(-1)?.receipt.queueOffset ?? 0
    this.#orderedTo.set(queueId, Math.max(this.#orderedTo.get(queueId) ?? 0, last + 1))
    if (!isPart) this.#orderedHeld.delete(queueId)
    const receipts = done.map(({ receipt }) => receipt)
    await client.ackBatch(groups.ordered, receipts)
    this.counts.ordered += receipts.length
  }

  #checkOrder(by: string, queueId: number, messages: readonly PoppedMessage[]): void {
    const { life } = this
    const first = messages[0]?.receipt
    if (!first) return
    const next = this.#orderedTo.get(queueId) ?? 0
    if (first.queueOffset > next) {
      this.problems.push(`I7: ${queueId}/${first.queueOffset} came before ${next} was done`)
    }
    messages.forEach(({ message, receipt }, at) => {
      if (receipt.queueOffset !== first.queueOffset + at) {
        this.problems.push(`I7: ${queueId}/${receipt.queueOffset} is not the next in its batch`)
      }
      this.#checkPlace(queueId, receipt.queueOffset, message.body)
    })
    const held = this.#orderedHeld.get(queueId)
    if (held && isSameLife(held, life) && first.popTime < held.until) {
      this.problems.push(
        `I7: ${queueId}/${first.queueOffset} came to ${by} at ${first.popTime} while ${held.by} ` +
          `had it until ${held.until}, in life ${life}`,
      )
    }
    this.#orderedHeld.set(queueId, { by, until: this.#until(first), life })
  }

  #until({ popTime, invisibleMs }: PopReceipt): number {
    return popTime + invisibleMs * (this.#options.timesLonger ?? 1)
  }

  #checkPlace(queueId: number, offset: number, body: Uint8Array): void {
    const place = `${queueId}/${offset}`
    const text = Buffer.from(body).toString()
    const before = this.#bodyAt.get(place) ?? text
    if (before !== text) this.problems.push(`I3: ${place} gave ${before} and then ${text}`)
    this.#bodyAt.set(place, text)
  }

  async #pop(by: string, n: number): Promise<void> {
    const { client, topic, broker } = this.#options
    const { messages } = await client.pop({
      ...{ topic, broker, queueId: -1, group: groups.popped, max: 32, waitMs: 100 },
      ...{ invisibleMs: invisibleMs.popped, initMode: 'min' },
    })
    const { life } = this
    const given = messages.map(({ message, receipt }) => {
      const body = Buffer.from(message.body).toString()
      const held = { by, until: this.#until(receipt), life, isAcknowledged: false }
      this.#checkExclusive(body, by, receipt.popTime)
      if (this.#poppedHeld.has(body)) this.counts.again++
      this.#poppedHeld.set(body, held)
      return { body, receipt, held }
    })
    const done = given.filter((_, at) => this.#isDraining || (n + at) % 8 !== 0)
    if (done.length === 0) return
    const receipts = done.map(({ receipt }) => receipt)
    // Also where no answer comes: it may have been done.
    for (const { body } of done) this.#poppedDone.add(body)
    await client.ackBatch(groups.popped, receipts)
    this.counts.popped += done.length
    for (const { held } of done) {
      // One that came too late was for nothing.
      if (Date.now() < held.until) held.isAcknowledged = true
    }
  }

  #checkExclusive(body: string, by: string, popTime: number): void {
    const held = this.#poppedHeld.get(body)
    if (!held || !isSameLife(held, this.life)) return
    if (popTime < held.until) {
      this.problems.push(`I8: ${body} came to ${by} while ${held.by} had it`)
    } else if (held.isAcknowledged) {
      this.problems.push(`I8: ${body} came to ${by} after ${held.by} acknowledged it`)
    }
  }

  async #lock(by: string): Promise<void> {
    const { topic, broker, queues, client } = this.#options
    const address = (await client.masters()).get(broker)?.addresses.get(0)
    if (address === undefined) return void (await sleep(50))
    const mqSet = Array.from({ length: queues }, (_, queueId) => ({
      ...{ topic, brokerName: broker, queueId },
    }))
    const asked = { clientId: by, consumerGroup: groups.locked, mqSet, onlyThisBroker: false }
    const body = lockRequest.print(asked)
    const answer = await this.#remoting.call(address, lockBatchMq, {}, { timeoutMs: 1500, body })
    const { life } = this
    const locked = lockReply.parse(answer.body).lockOKMQSet
    for (const { queueId } of locked) {
      const held = this.#lockHolders.get(queueId)
      if (held && held.by !== by && isSameLife(held, life)) {
        this.problems.push(`I7: ${by} has the lock of queue ${queueId} and ${held.by} too`)
      }
      this.#lockHolders.set(queueId, { by, until: 0, life })
    }
    this.counts.locks += locked.length
    await sleep(20)
    for (const { queueId } of locked) this.#lockHolders.delete(queueId)
    if (locked.length > 0) {
      await this.#remoting.call(address, unlockBatchMq, {}, { timeoutMs: 1500, body })
    }
    await sleep(20)
  }

  async #lookAtOffsets(highest: Map<string, number>): Promise<void> {
    const { client, topic, broker, queues } = this.#options
    const check = (name: string, value: number | undefined) => {
      const before = highest.get(name) ?? 0
      if (value === undefined) return
      if (value < before) this.problems.push(`I5: ${name} is ${value} and was ${before}`)
      highest.set(name, Math.max(before, value))
    }
    for (let queueId = 0; queueId < queues; queueId++) {
      const { life } = this
      const queue = { topic, broker, queueId }
      check(`the end of queue ${queueId}`, await client.maxOffset(queue))
      for (const group of [groups.ordered, groups.popped]) {
        const offset = await client.consumerOffset(group, queue)
        if (life === undefined || life !== this.life) continue
        check(`the offset of ${group} in queue ${queueId} in life ${life}`, offset)
      }
    }
    await sleep(100)
  }
}

const isSameLife = (held: Held, life: number | undefined): boolean =>
  life !== undefined && held.life === life
