// Pop against a model, over crashes: nobody gets what somebody else holds, nothing that was
// acknowledged in time comes again, and everything comes until it is acknowledged (I6, I8).

import test from 'ava'
import fc from 'fast-check'
import { newDisk, PopBroker, type Received } from '../support/pop-broker.ts'

type Receipt = { readonly received: Received; readonly until: number }

type Known = {
  /** The newest receipt of it. */
  current: Receipt | undefined
  deliveries: number
  /** An acknowledgement of it within its time was answered. */
  acknowledged: boolean
  /** One that came too late was answered: it may count or not. */
  acknowledgedLate: boolean
}

/** Slots of the calendar, and a turn: what is due is seen this much later. */
const slackMs = 250

class World {
  readonly disk = newDisk(2)
  readonly messages = new Map<string, Known>()
  /** Receipts that consumers have, old ones included. */
  receipts: Receipt[] = []
  broker: PopBroker
  #sent = 0

  constructor() {
    this.broker = new PopBroker(this.disk)
  }

  get now(): number {
    return this.disk.clock.now()
  }

  async start(): Promise<void> {
    let rolls = 0
    const dice = () => (++rolls * 37) % 100
    // So few that checkpoints are said again all the time.
    this.broker = await PopBroker.start(this.disk, { dice, journalSpan: 3 })
  }

  async send(queueId: number): Promise<void> {
    const id = `m${this.#sent++}`
    const fresh = { current: undefined, deliveries: 0 }
    this.messages.set(id, { ...fresh, acknowledged: false, acknowledgedLate: false })
    await this.broker.send(id, queueId)
  }

  async take(maxCount: number, invisibleMs: number): Promise<void> {
    for (const received of await this.broker.take({ maxCount, invisibleMs })) {
      const known = this.#known(received)
      const popTime = received.claim.popTime
      if (known.acknowledged) throw new Error(`${received.id} came after its acknowledgement`)
      if (known.current && popTime < known.current.until) {
        throw new Error(`${received.id} came ${known.current.until - popTime} ms too early`)
      }
      if (received.message.reconsumeTimes > known.deliveries) {
        throw new Error(`${received.id} counts more attempts than there were`)
      }
      known.deliveries++
      known.current = { received, until: popTime + invisibleMs }
      this.receipts.push(known.current)
    }
  }

  async ack(picks: readonly number[]): Promise<void> {
    if (this.receipts.length === 0) return
    const chosen = [...new Set(picks.map((pick) => pick % this.receipts.length))].map(
      (index) => this.receipts[index] as Receipt,
    )
    await this.broker.ack(chosen.map(({ received }) => received))
    for (const receipt of chosen) {
      const known = this.#known(receipt.received)
      if (receipt.until > this.now && known.current === receipt) known.acknowledged = true
      else known.acknowledgedLate = true
    }
  }

  async change(pick: number, invisibleMs: number): Promise<void> {
    const chosen = this.receipts[pick % Math.max(1, this.receipts.length)]
    if (!chosen) return
    const known = this.#known(chosen.received)
    const isCurrent = known.current === chosen && chosen.until > this.now
    const changed = await this.broker.change(chosen.received, invisibleMs)
    if (!isCurrent || known.acknowledged) return
    known.current = { received: changed, until: changed.claim.popTime + invisibleMs }
    this.receipts.push(known.current)
  }

  async advance(ms: number): Promise<void> {
    await this.disk.clock.advance(ms)
  }

  async crash(): Promise<void> {
    await this.broker.kill()
    await this.start()
  }

  async restart(): Promise<void> {
    await this.broker.stop()
    await this.start()
  }

  /** Consumers that always acknowledge, until nothing comes any more. */
  async drain(): Promise<void> {
    for (let quiet = 0; quiet < 3; ) {
      await this.advance(200_000 + slackMs)
      const before = this.receipts.length
      await this.take(32, 60_000)
      const fresh = this.receipts.slice(before)
      await this.ack(fresh.map((_, i) => before + i))
      quiet = fresh.length === 0 ? quiet + 1 : 0
    }
  }

  check(): void {
    for (const [id, known] of this.messages) {
      if (!known.acknowledged && !known.acknowledgedLate) throw new Error(`${id} was lost`)
    }
    if (this.broker.pop.inFlightCount > 0) throw new Error('something stayed in flight')
  }

  #known(received: Received): Known {
    const known = this.messages.get(received.id)
    if (!known) throw new Error(`${received.id} was never sent`)
    return known
  }
}

type Step = (world: World) => Promise<void>
const named = (name: string, run: Step) => ({ run, toString: () => name })

const invisible = fc.constantFrom(0, 300, 1000, 1500, 5000, 60_000)
const step = fc.oneof(
  { weight: 6, arbitrary: fc.nat(1).map((q) => named(`send ${q}`, (w) => w.send(q))) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.integer({ min: 1, max: 8 }), invisible)
      .map(([n, ms]) => named(`take ${n} for ${ms}`, (w) => w.take(n, ms))),
  },
  {
    weight: 5,
    arbitrary: fc
      .array(fc.nat(200), { minLength: 1, maxLength: 6 })
      .map((picks) => named(`ack ${picks}`, (w) => w.ack(picks))),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(200), invisible)
      .map(([pick, ms]) => named(`change ${pick} to ${ms}`, (w) => w.change(pick, ms))),
  },
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(1, 100, 900, 1200, 5100, 61_000)
      .map((ms) => named(`advance ${ms}`, (w) => w.advance(ms))),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((isCold) =>
      named(isCold ? 'cold' : 'hot', async ({ disk }) => {
        disk.store.cold = isCold
      }),
    ),
  },
  { weight: 2, arbitrary: fc.constant(named('save offsets', async (w) => w.broker.save())) },
  { weight: 2, arbitrary: fc.constant(named('crash', (w) => w.crash())) },
  { weight: 1, arbitrary: fc.constant(named('restart', (w) => w.restart())) },
)

test('messages are exclusive while held and come again until they are acknowledged', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const world = new World()
      await world.start()
      for (const { run } of steps) await run(world)
      await world.drain()
      world.check()
      await world.broker.stop()
    }),
    {
      numRuns: 150,
      interruptAfterTimeLimit: 5000,
      includeErrorInReport: true,
    },
  )
  t.pass()
})
