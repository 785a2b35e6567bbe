// What replicas of real processes hold: their logs byte by byte, what they say of themselves, and
// what they serve, each asked at its own address.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { silentLog } from '../../src/base/log.ts'
import { systemClock } from '../../src/host/system-clock.ts'
import { tcp } from '../../src/host/tcp.ts'
import type { Message } from '../../src/message/message.ts'
import { decodeRecords } from '../../src/message/record.ts'
import type { HeaderOf } from '../../src/protocol/field.ts'
import { getMaxOffset, getMinOffset } from '../../src/protocol/requests/offsets.ts'
import { pullMessage } from '../../src/protocol/requests/pull.ts'
import { getBrokerHaStatus } from '../../src/protocol/requests/replication.ts'
import { getTopicConfig } from '../../src/protocol/requests/topics.ts'
import { RemotingClient } from '../../src/remoting/client.ts'

const timeoutMs = 10_000

export type HaStatus = {
  readonly master: boolean
  readonly masterCommitLogMaxOffset: number
  readonly inSyncSlaveNums: number
  readonly haClientRuntimeInfo: { readonly maxOffset: number; readonly activated: boolean }
  readonly haConnectionInfo: readonly {
    readonly slaveAckOffset: number
    readonly diff: number
  }[]
}

export class Replicas {
  readonly #caller = new RemotingClient({ network: tcp, clock: systemClock, log: silentLog })

  constructor(t: ExecutionContext) {
    t.teardown(() => this.#caller.close())
  }

  async status(address: string): Promise<HaStatus> {
    const { body } = await this.#caller.call(address, getBrokerHaStatus, {}, { timeoutMs })
    return JSON.parse(Buffer.from(body).toString()) as HaStatus
  }

  /** Waits until the slave has acknowledged all that its master has. */
  async inStep(master: string): Promise<void> {
    await until('the slave has what its master has', async () => {
      const { haConnectionInfo, masterCommitLogMaxOffset } = await this.status(master)
      return haConnectionInfo[0]?.slaveAckOffset === masterCommitLogMaxOffset
    })
  }

  /** Whether this broker has the topic; rejects otherwise. */
  async knows(address: string, topic: string): Promise<boolean> {
    await this.#caller.call(address, getTopicConfig, { topic }, { timeoutMs })
    return true
  }

  /** Everything that this one broker serves of a topic. */
  async readAll(address: string, topic: string, queues: number): Promise<Message[]> {
    const found: Message[] = []
    for (let queueId = 0; queueId < queues; queueId++) {
      const queue = { topic, queueId }
      const max = await this.#caller.call(
        address,
        getMaxOffset,
        { ...queue, committed: true },
        { timeoutMs },
      )
      const min = await this.#caller.call(address, getMinOffset, queue, { timeoutMs })
      const end = max.header.offset
      for (let offset = min.header.offset; offset < end; ) {
        const { body, header } = await this.#pull(address, queue, offset)
        found.push(...decodeRecords(body))
        if (header.nextBeginOffset <= offset) break
        offset = header.nextBeginOffset
      }
    }
    return found
  }

  #pull(address: string, queue: { topic: string; queueId: number }, queueOffset: number) {
    const header = {
      ...queue,
      consumerGroup: 'reader',
      queueOffset,
      maxMsgNums: 32,
      sysFlag: 4,
      commitOffset: 0,
      suspendTimeoutMillis: 0,
      subscription: '*',
      subVersion: 0,
    } as HeaderOf<typeof pullMessage.header>
    const accept = [0, 19, 20, 21]
    return this.#caller.call(address, pullMessage, header, { timeoutMs, accept })
  }
}

export async function until(
  what: string,
  isSo: () => Promise<boolean>,
  ms = 60_000,
): Promise<void> {
  const deadline = Date.now() + ms
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error(`it never came: ${what}`)
    await sleep(100)
  }
}

/** The position behind the last byte of a log on disk that is not zero. */
export function logEnd(folder: string): number {
  const names = readdirSync(folder).filter((name) => /^\d{20}$/.test(name))
  for (const name of names.sort().reverse()) {
    const bytes = readFileSync(join(folder, name))
    const last = bytes.findLastIndex((byte) => byte !== 0)
    if (last >= 0) return Number(name) + last + 1
  }
  return 0
}

/** Where two logs on disk differ first, of what both have before `end`; undefined: nowhere. */
export function firstDifference(one: string, other: string, end: number): number | undefined {
  const names = readdirSync(one).filter((name) => /^\d{20}$/.test(name))
  const there = new Set(readdirSync(other))
  for (const name of names.filter((each) => there.has(each)).sort()) {
    const base = Number(name)
    const [a, b] = [readFileSync(join(one, name)), readFileSync(join(other, name))]
    const size = Math.min(a.length, b.length, Math.max(0, end - base))
    if (a.subarray(0, size).equals(b.subarray(0, size))) continue
    for (let at = 0; at < size; at++) if (a[at] !== b[at]) return base + at
  }
  return undefined
}
