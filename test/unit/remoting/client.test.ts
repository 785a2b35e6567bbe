import test from 'ava'
import {
  getConsumerListByGroup,
  getConsumerStatusFromClient,
  notifyConsumerIdsChanged,
} from '../../../src/protocol/requests/clients.ts'
import { getMaxOffset } from '../../../src/protocol/requests/offsets.ts'
import type { Peer } from '../../../src/remoting/call.ts'
import { handlerFor } from '../../../src/remoting/dispatch.ts'
import { settle } from '../../support/fake-clock.ts'
import { remotingPair } from '../../support/remoting.ts'

const handle = handlerFor<undefined>()
const queue = { topic: 't', queueId: 3, committed: true }
const timeoutMs = 1000
const onGetMaxOffset = handle(getMaxOffset, (header) => ({ header: { offset: header.queueId } }))
const onNeverAnswered = handle(getMaxOffset, () => ({ attach() {} }))

test('calls to one address share one connection', async (t) => {
  const { client, server, address } = await remotingPair(t, [onGetMaxOffset])
  const asked = [1, 2, 3].map((queueId) =>
    client.call(address, getMaxOffset, { ...queue, queueId }, { timeoutMs }),
  )
  const answers = await Promise.all(asked)
  t.deepEqual(
    answers.map(({ header }) => header.offset),
    [1, 2, 3],
  )
  t.is(server.connectionCount, 1)
})

test('everything works when each byte comes alone', async (t) => {
  const { client, network, address } = await remotingPair(t, [onGetMaxOffset])
  network.bytewise = true
  const body = Buffer.alloc(300, 1)
  const answer = await client.call(address, getMaxOffset, queue, { timeoutMs, body })
  t.is(answer.header.offset, 3)
})

test('a call that nobody answers ends in time, and may have been read', async (t) => {
  const { client, clock, address } = await remotingPair(t, [onNeverAnswered])
  const call = t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  await clock.advance(timeoutMs)
  t.like(await call, { failure: 'broker-timeout', detail: { written: true } })
})

test('a call without a connection has written nothing', async (t) => {
  const { client, network, address } = await remotingPair(t, [onGetMaxOffset])
  network.cut()
  const error = await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  t.like(error, { failure: 'broker-unavailable', detail: { written: false, address } })
})

test('a call that waits for a slow connection ends in its own time', async (t) => {
  const { client, network, clock, address } = await remotingPair(t, [onGetMaxOffset])
  network.latencyMs = 900
  const call = t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs: 100 }))
  await clock.advance(100)
  t.like(await call, { failure: 'broker-timeout', detail: { written: false } })
  await clock.advance(2000)
})

test('a lost connection ends the calls on it, and the next call makes a new one', async (t) => {
  const { client, network, address } = await remotingPair(t, [onNeverAnswered])
  const call = t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  await settle()
  network.cut()
  t.like(await call, { failure: 'broker-unavailable', detail: { written: true } })
  network.heal()

  const again = client.call(address, getMaxOffset, queue, { timeoutMs })
  await settle()
  t.is(network.sockets, 2)
  network.cut()
  await t.throwsAsync(again)
})

test('an aborted call ends with the reason of its signal', async (t) => {
  const { client, address } = await remotingPair(t, [onNeverAnswered])
  const controller = new AbortController()
  const reason = new Error('no longer wanted')
  const { signal } = controller
  const call = t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs, signal }))
  await settle()
  controller.abort(reason)
  t.is(await call, reason)
  t.is(
    await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs, signal })),
    reason,
  )
})

test('calls over the limit are refused before a byte is written', async (t) => {
  const { client, clock, address } = await remotingPair(t, [onNeverAnswered], {
    clientLimits: { inFlightMax: 1 },
  })
  const first = t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  await settle()
  const error = await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  t.like(error, { failure: 'broker-busy', detail: { written: false } })
  await clock.advance(timeoutMs)
  await first
})

test('no timer is left when everything is answered', async (t) => {
  const { client, clock, address } = await remotingPair(t, [onGetMaxOffset])
  await client.call(address, getMaxOffset, queue, { timeoutMs })
  const armed = clock.pending
  const { signal } = new AbortController()
  await client.call(address, getMaxOffset, queue, { timeoutMs, signal })
  t.is(clock.pending, armed)
})

test('an answer that lacks a field is the failure of the peer', async (t) => {
  const on = handle({ ...getMaxOffset, printReply: () => Object.create(null) }, () => ({
    header: { offset: 1 },
  }))
  const { client, address } = await remotingPair(t, [on])
  const error = await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  t.like(error, { failure: 'broker-error', detail: { written: true } })
})

test('a server calls and notifies its client on the same connection', async (t) => {
  const peers: Peer[] = []
  const notified: string[] = []
  const onList = handle(getConsumerListByGroup, (_, __, call) => {
    peers.push(call.peer)
    return {}
  })
  const { client, address } = await remotingPair(t, [onList], {
    clientHandlers: [
      handle(notifyConsumerIdsChanged, (header) => {
        notified.push(header.consumerGroup)
        return {}
      }),
      handle(getConsumerStatusFromClient, () => ({ body: Buffer.from('status') })),
    ],
  })
  await client.call(address, getConsumerListByGroup, { consumerGroup: 'g' }, { timeoutMs })
  const [peer] = peers
  peer?.notify(notifyConsumerIdsChanged, { consumerGroup: 'g' })
  const answer = await peer?.call(
    getConsumerStatusFromClient,
    { topic: 't', group: 'g' },
    { timeoutMs },
  )
  t.is(Buffer.from(answer?.body ?? []).toString(), 'status')
  t.deepEqual(notified, ['g'])
})

test('a client that is closed rejects what waits and refuses the rest', async (t) => {
  const { client, clock, address } = await remotingPair(t, [onNeverAnswered])
  const call = t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }))
  await settle()
  await Promise.all([client.close(), clock.advance(2000)])
  t.like(await call, { failure: 'broker-unavailable' })
  await t.throwsAsync(client.call(address, getMaxOffset, queue, { timeoutMs }), {
    message: 'the connection is closed',
  })
})

test('a silent connection is closed after two minutes', async (t) => {
  const { client, server, network, clock, address } = await remotingPair(t, [onGetMaxOffset])
  await client.call(address, getMaxOffset, queue, { timeoutMs })
  await clock.advance(119_000)
  t.is(server.connectionCount, 1)
  await clock.advance(13_000)
  t.is(server.connectionCount, 0)
  t.is(network.sockets, 0)
})
