// Transactions against a model, over crashes (I11): what was committed is visible once and the
// rest never; what nobody decided is asked about until it is decided or given up. An end that
// was refused, because another had been before, counts for nothing.

import test from 'ava'
import fc from 'fast-check'
import { type Prepared, TransactionBroker } from '../support/transactions.ts'

type Known = {
  /** Every half that stood for it, as the producer learned of them. */
  readonly halves: Prepared[]
  ended: 'commit' | 'rollback' | undefined
  /** A crash may have taken the note of a rollback: the producer is asked again. */
  reopened: boolean
}

const config = {
  transactionCheckMax: 4,
  transactionCheckInterval: 10_000,
  transactionTimeOut: 3000,
}

class World {
  readonly known = new Map<string, Known>()
  broker = new TransactionBroker(config)
  saved: ReadonlyMap<string, number> = new Map()

  async start(): Promise<void> {
    await this.broker.parts.transactions.start()
  }

  send(properties: readonly [string, string][]): void {
    const key = `k${this.known.size}`
    const half = this.broker.send(key, properties, this.known.size % 2)
    this.known.set(key, { halves: [half], ended: undefined, reopened: false })
  }

  /** Ends a transaction by any of the halves that the producer heard of. */
  async end(pick: number, by: number, resolution: 'commit' | 'rollback'): Promise<void> {
    this.listen()
    const key = `k${pick % Math.max(1, this.known.size)}`
    const known = this.known.get(key)
    const half = known?.halves[by % known.halves.length]
    if (!known || !half) return
    const given = { fromTransactionCheck: true }
    const { code } = await this.broker[resolution](half, given)
    if (code !== 0) return
    if (known.ended === 'commit' || (known.ended && !known.reopened)) {
      throw new Error(`${key} was ended twice`)
    }
    known.ended = resolution
    known.reopened = false
  }

  listen(): void {
    for (const { key, offset, position } of this.broker.questions()) {
      const known = this.known.get(key)
      if (!known) throw new Error(`${key} was never sent`)
      if (known.ended && !known.reopened) throw new Error(`${key} is asked about but ended`)
      known.halves.push({ offset, position })
    }
  }

  async advance(ms: number): Promise<void> {
    await this.broker.parts.clock.advance(ms)
  }

  save(): void {
    this.saved = this.broker.savedOffsets()
  }

  async crash(): Promise<void> {
    this.listen()
    for (const known of this.known.values()) known.reopened ||= known.ended === 'rollback'
    this.broker = await this.broker.restart(this.saved, config)
  }

  async restart(): Promise<void> {
    this.listen()
    await this.broker.stop()
    this.save()
    this.broker = await this.broker.restart(this.saved, config)
  }

  check(): void {
    const expected = [...this.known].filter(([, { ended }]) => ended === 'commit')
    const visible = this.broker.visible().sort()
    const keys = expected.map(([key]) => key).sort()
    if (`${visible}` !== `${keys}`) throw new Error(`visible ${visible}, committed ${keys}`)
  }

  /** Until every question is answered: nothing stays open. */
  async drain(): Promise<void> {
    for (let i = 0; i < 10; i++) {
      await this.advance(10_000)
      this.listen()
      for (const [index, key] of [...this.known.keys()].entries()) {
        const known = this.known.get(key)
        if (known && !known.ended && i === 1)
          await this.end(index, known.halves.length - 1, 'commit')
      }
    }
    await this.advance(10_000)
    if (this.broker.questions().length > 0) throw new Error('something is still asked about')
  }
}

type Step = (world: World) => Promise<void> | void
const named = (name: string, run: Step) => ({ run, toString: () => name })

const sent = fc.constantFrom<readonly [string, string][]>(
  [],
  [['CHECK_IMMUNITY_TIME_IN_SECONDS', '15']],
  [['WAIT', 'false']],
)
const step = fc.oneof(
  { weight: 6, arbitrary: sent.map((given) => named(`send ${given}`, (w) => w.send(given))) },
  {
    weight: 6,
    arbitrary: fc
      .tuple(fc.nat(20), fc.nat(3), fc.constantFrom('commit' as const, 'rollback' as const))
      .map(([pick, by, how]) => named(`${how} ${pick} by ${by}`, (w) => w.end(pick, by, how))),
  },
  {
    weight: 5,
    arbitrary: fc
      .constantFrom(1, 1000, 3000, 10_000, 30_000)
      .map((ms) => named(`advance ${ms}`, (w) => w.advance(ms))),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map((cold) =>
      named(cold ? 'cold' : 'hot', (w) => {
        w.broker.store.cold = cold
      }),
    ),
  },
  { weight: 3, arbitrary: fc.constant(named('save offsets', (w) => w.save())) },
  { weight: 2, arbitrary: fc.constant(named('crash', (w) => w.crash())) },
  { weight: 1, arbitrary: fc.constant(named('restart', (w) => w.restart())) },
)

test('committed messages are visible once, all others never', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 50 }), async (steps) => {
      const world = new World()
      await world.start()
      for (const { run } of steps) {
        await run(world)
        world.check()
      }
      await world.drain()
      world.check()
      await world.broker.stop()
    }),
    { numRuns: 200, interruptAfterTimeLimit: 6000, includeErrorInReport: true },
  )
  t.pass()
})
