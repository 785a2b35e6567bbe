// TCP and the memory network keep the same promises.

import test, { type ExecutionContext } from 'ava'
import type { Address, Network, Socket, SocketEvents } from '../../src/base/network.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import { MemoryNetwork } from '../support/memory-network.ts'

const networks: Readonly<Record<string, () => Network>> = {
  tcp: () => tcp,
  memory: () => new MemoryNetwork(systemClock),
}

const anywhere: Address = { host: '127.0.0.1', port: 0 }

/** One end of a connection and what happened to it. */
class End implements SocketEvents {
  readonly received: Buffer[] = []
  drains = 0
  closes: (Error | undefined)[] = []
  readonly #changed: (() => void)[] = []

  data(bytes: Uint8Array): void {
    this.received.push(Buffer.from(bytes))
    this.#notice()
  }

  drain(): void {
    this.drains += 1
    this.#notice()
  }

  close(error?: Error): void {
    this.closes.push(error)
    this.#notice()
  }

  get bytes(): Buffer {
    return Buffer.concat(this.received)
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await new Promise<void>((resolve) => this.#changed.push(resolve))
  }

  #notice(): void {
    for (const resolve of this.#changed.splice(0)) resolve()
  }
}

async function pair(t: ExecutionContext, network: Network) {
  const server = new End()
  const client = new End()
  let accepted: Socket | undefined
  const listener = await network.listen(anywhere, (socket) => {
    accepted = socket
    return server
  })
  t.teardown(() => listener.close())
  const near = await network.connect(listener.address, { timeoutMs: 5000 }, () => client)
  t.teardown(() => near.destroy())
  near.write([Buffer.from('hello')])
  await server.until(() => server.bytes.length === 5)
  if (accepted === undefined) throw new Error('nothing was accepted')
  const far = accepted
  t.teardown(() => far.destroy())
  return { listener, client, server, near, far }
}

for (const [name, make] of Object.entries(networks)) {
  test(`${name}: chunks written together arrive in order`, async (t) => {
    const { near, server } = await pair(t, make())
    t.true(near.write([Buffer.from('a'), Buffer.from('b')]))
    near.write([Buffer.from('c')])
    await server.until(() => server.bytes.length === 8)
    t.is(server.bytes.toString(), 'helloabc')
  })

  test(`${name}: both ends know each other's address`, async (t) => {
    const { near, far, listener } = await pair(t, make())
    t.not(listener.address.port, 0)
    t.deepEqual(near.remote, listener.address)
    t.deepEqual(far.remote, near.local)
    t.deepEqual(far.local, near.remote)
  })

  test(`${name}: an end closes both sides once, without an error, after all bytes`, async (t) => {
    const { near, far, server, client } = await pair(t, make())
    near.write([Buffer.alloc(100_000, 1)])
    near.end()
    await server.until(() => server.closes.length > 0)
    far.destroy()
    await client.until(() => client.closes.length > 0)
    t.is(server.bytes.length, 100_005)
    t.deepEqual(server.closes, [undefined])
    t.deepEqual(client.closes, [undefined])
  })

  test(`${name}: a destroyed socket reports its error, and its peer closes`, async (t) => {
    const { near, server, client } = await pair(t, make())
    const cause = new Error('enough')
    near.destroy(cause)
    t.deepEqual(client.closes, [], 'the owner is not called from within its call')
    await client.until(() => client.closes.length > 0)
    await server.until(() => server.closes.length > 0)
    t.deepEqual(client.closes, [cause])
    t.is(server.closes.length, 1)
  })

  test(`${name}: a paused reader makes the writer wait, and drain tells when to go on`, async (t) => {
    const { near, far, server, client } = await pair(t, make())
    far.pause()
    const chunk = Buffer.alloc(256 * 1024, 7)
    let written = 5
    for (let accepted = true; accepted && written < 2 ** 28; written += chunk.length) {
      accepted = near.write([chunk])
      if (accepted) await new Promise((resolve) => systemClock.endOfTurn(() => resolve(null)))
    }
    t.true(near.bufferedBytes > 0)
    t.is(client.drains, 0)
    far.resume()
    await client.until(() => client.drains > 0)
    t.is(near.bufferedBytes, 0)
    await server.until(() => server.bytes.length === written)
    t.pass()
  })

  test(`${name}: writing after the close is ignored`, async (t) => {
    const { near, client } = await pair(t, make())
    near.destroy()
    await client.until(() => client.closes.length > 0)
    t.false(near.write([Buffer.from('x')]))
    t.is(near.bufferedBytes, 0)
  })

  test(`${name}: a closed listener refuses, but its connections go on`, async (t) => {
    const network = make()
    const { listener, near, server } = await pair(t, network)
    await listener.close()
    await t.throwsAsync(network.connect(listener.address, { timeoutMs: 5000 }, () => new End()))
    near.write([Buffer.from('!')])
    await server.until(() => server.bytes.length === 6)
    t.is(server.bytes.toString(), 'hello!')
  })

  test(`${name}: a port cannot be bound twice`, async (t) => {
    const network = make()
    const { listener } = await pair(t, network)
    await t.throwsAsync(
      network.listen(listener.address, () => new End()),
      { code: 'EADDRINUSE' },
    )
  })
}
