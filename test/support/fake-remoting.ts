// Answers calls as a test says, and keeps what was asked.

import { failureOfRemotingCode, MqError } from '../../src/base/errors.ts'
import type { Remoting } from '../../src/client/cluster.ts'
import type { Fields, HeaderOf } from '../../src/protocol/field.ts'
import type { RequestSpec } from '../../src/protocol/request.ts'
import type { Answer, ClientCallOptions } from '../../src/remoting/client.ts'

export type Asked = {
  readonly address: string
  readonly name: string
  readonly header: Readonly<Record<string, unknown>>
  readonly options: ClientCallOptions
}

/** What comes back: header fields as text, a code that the caller may not accept, a body. */
export type FakeAnswer = {
  readonly code?: number
  readonly remark?: string
  readonly ext?: Record<string, string>
  readonly body?: Uint8Array | string
}

export class FakeRemoting implements Remoting {
  readonly asked: Asked[] = []
  readonly #answer: (asked: Asked) => FakeAnswer | Promise<FakeAnswer>

  /** `answer` may throw {@link lost} or {@link refused}. */
  constructor(answer: (asked: Asked) => FakeAnswer | Promise<FakeAnswer>) {
    this.#answer = answer
  }

  get addresses(): readonly string[] {
    return this.asked.map(({ address }) => address)
  }

  async call<H extends Fields, R extends Fields>(
    address: string,
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: ClientCallOptions,
  ): Promise<Answer<R>> {
    const asked = { address, name: spec.name, header: { ...header }, options }
    this.asked.push(asked)
    // What cannot be printed could not be sent.
    spec.printHeader(header)
    const { code = 0, remark, ext = {}, body = '' } = await this.#answer(asked)
    if (!(options.accept ?? [0]).includes(code)) {
      throw new MqError(failureOfRemotingCode(code), remark, { address, code, written: true })
    }
    const reply = spec.parseReply(ext)
    return { code, remark, header: reply, body: Buffer.from(body), version: 513, ext }
  }

  async notify<H extends Fields>(
    address: string,
    spec: RequestSpec<H>,
    header: HeaderOf<H>,
    options: ClientCallOptions,
  ): Promise<void> {
    this.asked.push({ address, name: spec.name, header: { ...header }, options })
  }
}

/** A call that failed on its way; `written`: the other side may have got it. */
export const lost = (written: boolean): MqError =>
  new MqError(written ? 'broker-timeout' : 'broker-unavailable', undefined, { written })

/** Route of a topic with the same queues on every broker, as a name server prints it. */
export function routeJson(brokers: Readonly<Record<string, string>>, queues = 2, perm = 6): string {
  return JSON.stringify({
    brokerDatas: Object.entries(brokers).map(([brokerName, address]) => ({
      brokerAddrs: { 0: address },
      brokerName,
      cluster: 'c',
    })),
    queueDatas: Object.keys(brokers).map((brokerName) => ({
      brokerName,
      perm,
      readQueueNums: queues,
      writeQueueNums: queues,
      topicSysFlag: 0,
    })),
  })
}

/** Cluster info with one master for each name. */
export function clusterJson(brokers: Readonly<Record<string, string>>): string {
  const table = Object.entries(brokers).map(([brokerName, address]) => [
    brokerName,
    { brokerAddrs: { 0: address }, brokerName, cluster: 'c' },
  ])
  return JSON.stringify({ brokerAddrTable: Object.fromEntries(table), clusterAddrTable: {} })
}
