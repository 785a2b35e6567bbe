// S06: tickets.

import test from 'ava'
import { KeyRing } from '../../../../gateway/core/key-ring.ts'
import { readableTopic } from '../../../../gateway/core/names.ts'
import { sealOf } from '../../../../gateway/core/token.ts'
import { ApiKeys } from '../../../../gateway/identity/api-keys.ts'
import { type Page, Tickets, ticketMs } from '../../../../gateway/identity/tickets.ts'
import type { MqError } from '../../../../src/base/errors.ts'
import { MemoryState } from '../../../../src/base/memory-state.ts'
import { FakeClock } from '../../../support/fake-clock.ts'
import { seeded } from '../../../support/gateway-core.ts'

const app = 'https://app.example.com'
const keys = ApiKeys.parse(
  JSON.stringify({
    keys: [],
    roles: { reader: [{ resource: 'Topic:orders', actions: ['Sub'], decision: 'Allow' }] },
  }),
)
const grants = { roles: ['reader'] }
const alice = {
  subject: 'alice',
  namespace: 'shop',
  isAdmin: false,
  grants,
  may: keys.rightsOf(grants),
}

function made() {
  const clock = new FakeClock()
  const state = new MemoryState(clock)
  const ring = KeyRing.parse(KeyRing.generate(seeded(3)))
  const parts = { clock, state, random: seeded(4), seal: sealOf('mqt1', ring), keys }
  return { clock, state, parts, tickets: new Tickets(parts) }
}

const failureOf = (error: Error | undefined): string =>
  (error as MqError | undefined)?.failure ?? ''

test('S06: a ticket stands for its credential once, with its rights', async (t) => {
  const { tickets } = made()
  const ticket = tickets.issue(alice, { origin: app })
  const identity = await tickets.redeem(ticket, { origin: app })
  t.like(identity, { subject: 'alice', namespace: 'shop', isAdmin: false })
  t.is(readableTopic('orders', identity), 'shop%orders')
  t.throws(() => readableTopic('bills', identity), { message: /no role/ })
  t.is(failureOf(await t.throwsAsync(tickets.redeem(ticket, { origin: app }))), 'unauthenticated')
})

test('S06: a ticket is for the page that asked for it', async (t) => {
  const { tickets } = made()
  const wrong: [string | undefined, Page][] = [
    [app, { origin: 'https://evil.example' }],
    [app, { host: 'evil.example' }],
    [app, {}],
    [undefined, { origin: app }],
  ]
  for (const [origin, page] of wrong) {
    const ticket = tickets.issue(alice, { origin })
    t.is(failureOf(await t.throwsAsync(tickets.redeem(ticket, page))), 'unauthenticated')
  }
  // The gateway's own page does not say where it is when it opens a stream.
  const own = tickets.issue(alice, { origin: 'http://localhost:8080' })
  t.is((await tickets.redeem(own, { host: 'localhost:8080' })).subject, 'alice')
  t.is((await tickets.redeem(tickets.issue(alice, {}), {})).subject, 'alice')
})

test('S06: a ticket is good for 30 seconds', async (t) => {
  const { tickets, clock } = made()
  const ticket = tickets.issue(alice, {})
  await clock.advance(ticketMs)
  t.is(failureOf(await t.throwsAsync(tickets.redeem(ticket, {}))), 'token-expired')
})

test('S06: of 10,000 mutations of a ticket none is accepted', async (t) => {
  const { tickets } = made()
  const ticket = tickets.issue(alice, {})
  const random = seeded(11)
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.'
  for (let i = 0; i < 10_000; i++) {
    const at = random.below(ticket.length)
    const kind = random.below(3)
    const char = alphabet[random.below(alphabet.length)] ?? ''
    const mutated =
      kind === 0
        ? ticket.slice(0, at) + char + ticket.slice(at + 1)
        : kind === 1
          ? ticket.slice(0, at) + ticket.slice(at + 1)
          : ticket.slice(0, at) + char + ticket.slice(at)
    if (mutated === ticket) continue
    await t.throwsAsync(tickets.redeem(mutated, {}), { name: 'MqError' })
  }
  t.is((await tickets.redeem(ticket, {})).subject, 'alice')
})

test('S06: where it cannot be known whether a ticket was used it opens nothing', async (t) => {
  const { parts } = made()
  const add = async () => {
    throw Object.assign(new Error('gone'), { failure: 'state-unavailable' })
  }
  const tickets = new Tickets({ ...parts, state: { add } })
  await t.throwsAsync(tickets.redeem(tickets.issue(alice, {}), {}), { message: 'gone' })
})

test('S06: two nodes that share their state take a ticket once between them', async (t) => {
  const { parts, tickets } = made()
  const other = new Tickets({ ...parts, random: seeded(9) })
  const ticket = tickets.issue(alice, {})
  const results = await Promise.allSettled([tickets.redeem(ticket, {}), other.redeem(ticket, {})])
  t.is(results.filter(({ status }) => status === 'fulfilled').length, 1)
})
