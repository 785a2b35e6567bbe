// Two stores on disks in memory and a network between them: a master and its slave.

import { silentLog } from '../../src/base/log.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import { Epochs } from '../../src/store/replication/epochs.ts'
import { ReplicationMaster } from '../../src/store/replication/master.ts'
import { ReplicationSlave } from '../../src/store/replication/slave.ts'
import type { Mode } from '../../src/store/replication/wire.ts'
import { FakeClock, settle } from './fake-clock.ts'
import type { MemoryFiles } from './memory-files.ts'
import { MemoryNetwork } from './memory-network.ts'
import { openMemoryStore } from './memory-store.ts'
import { outgoing } from './messages.ts'

const address = { host: '127.0.0.1', port: 10_912 }

export type Node = ReturnType<typeof node>

/** A store with epochs; give `files` to open one again. */
export function node(
  clock: FakeClock,
  given: { files?: MemoryFiles; options?: Partial<StoreOptions> } = {},
) {
  const { store, files } = openMemoryStore({ clock, ...given })
  const epochs = new Epochs(files.mount(), '/store/epochFileCheckpoint')
  epochs.truncate(store.maxPosition)
  store.start()
  return { store, files, epochs, replica: store.replica }
}

export class Pair {
  readonly clock = new FakeClock()
  readonly network = new MemoryNetwork(this.clock)
  readonly mode: Mode
  master: Node
  slave: Node
  readonly port: ReplicationMaster
  follower: ReplicationSlave
  confirmed = 0
  told = -1
  /** What the master has seen, ms. */
  readonly lags: number[] = []
  admits = (_host: string) => true
  open = (_host: string, _token: string | undefined): string | undefined => ''
  isLearner = false
  /** What the follower shows. */
  token: string | undefined

  constructor(mode: Mode, options: { slave?: Partial<StoreOptions> } = {}) {
    this.mode = mode
    this.master = node(this.clock)
    this.slave = node(this.clock, { ...(options.slave && { options: options.slave }) })
    this.port = this.serve()
    this.follower = this.follow()
  }

  serve(): ReplicationMaster {
    const port = new ReplicationMaster({
      network: this.network,
      address,
      admits: (host) => this.admits(host),
      open: (host, token) => this.open(host, token),
      clock: this.clock,
      log: silentLog,
      source: this.master.replica,
      epochs: this.master.epochs,
      settings: { mode: this.mode, batchSize: 1000, heartbeatMs: 5000, idleMs: 20_000 },
      confirmed: () => this.confirmed,
      onAck() {},
      onLag: (lagMs) => this.lags.push(lagMs),
      onClose() {},
    })
    this.master.replica.onAppended(() => port.push())
    return port
  }

  follow(): ReplicationSlave {
    return new ReplicationSlave({
      network: this.network,
      clock: this.clock,
      log: silentLog,
      sink: this.slave.replica,
      epochs: this.slave.epochs,
      mode: this.mode,
      heartbeatMs: 5000,
      idleMs: 20_000,
      slaveId: () => 2,
      fromLastFile: false,
      isLearner: this.isLearner,
      master: async () => ({ ...address, token: this.token }),
      onConfirmed: (position) => {
        this.told = position
      },
    })
  }

  async start(): Promise<void> {
    await this.port.start()
    this.port.serve(true)
    this.follower.start()
    await this.pass()
  }

  /** Lets the bytes go from one to the other and back. */
  async pass(turns = 30): Promise<void> {
    for (let turn = 0; turn < turns; turn++) await settle()
  }

  send(count: number, bodySize = 100, topic = 'T'): void {
    for (let at = 0; at < count; at++) {
      const body = Buffer.alloc(bodySize, at % 256)
      this.master.store.append(outgoing({ topic, queueId: at % 3, body }))
    }
  }

  logOf(one: Node, from = one.replica.minPosition): Buffer {
    const chunks: Uint8Array[] = []
    for (let at = from; at < one.replica.maxPosition; ) {
      const bytes = one.replica.bytesAt(at, 4096)
      chunks.push(Buffer.from(bytes))
      at += bytes.length
    }
    return Buffer.concat(chunks)
  }

  async stop(): Promise<void> {
    await this.follower.stop()
    await this.port.stop()
    await Promise.all([this.master.store.stop(), this.slave.store.stop()])
  }
}
