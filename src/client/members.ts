// Consumers that live behind this client, such as those of a gateway, as brokers see them: members
// of their groups, so that tools list them and may ask them something.
//
// A broker knows one member of a group for each connection. So the n-th member of every group is
// told over the n-th set of connections, and what a broker asks comes back over the same.
// Source: ConsumerGroupInfo.updateChannel, ClientRemotingProcessor, the proxy's GrpcClientChannel.

import type { Clock, Timer } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { decodeRecord } from '../message/record.ts'
import { consumeDirectlyResult, consumerRunningInfo } from '../protocol/bodies/clients.ts'
import { heartbeatData } from '../protocol/bodies/heartbeat.ts'
import {
  consumeMessageDirectly,
  getConsumerRunningInfo,
  heartBeat,
  unregisterClient,
} from '../protocol/requests/clients.ts'
import type { RemotingClient } from '../remoting/client.ts'
import { type Handler, handlerFor } from '../remoting/dispatch.ts'
import { Dispatcher } from '../remoting/dispatcher.ts'
import type { Routes } from './routes.ts'
import type { GroupMember } from './types.ts'

const heartbeatMs = 30_000
const timeoutMs = 3000
/** Members of one group; more are served as well, and not known to brokers. */
const lanesMax = 64

type Dispatch = Pick<Dispatcher<never>, 'dispatch'>

type Ports = {
  readonly connect: (dispatcher: Dispatch) => Pick<RemotingClient, 'call' | 'close'>
  readonly routes: () => Pick<Routes, 'masters'>
  readonly clock: Clock
  readonly log: Log
}

type Lane = {
  readonly remoting: Pick<RemotingClient, 'call' | 'close'>
  /** By group. */
  readonly members: Map<string, GroupMember>
}

export class Members {
  readonly #ports: Ports
  readonly #lanes: Lane[] = []
  #timer: Timer | undefined

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Brokers that cannot be reached now learn of it with a later heartbeat. */
  join(member: GroupMember): () => void {
    const lane = this.#lanes.find(({ members }) => !members.has(member.group)) ?? this.#newLane()
    if (!lane) return () => {}
    lane.members.set(member.group, member)
    this.#timer ??= this.#ports.clock.every(heartbeatMs, () => void this.#beatAll())
    const joined = this.#beat(lane, member)
    return () => {
      if (lane.members.get(member.group) !== member) return
      lane.members.delete(member.group)
      void joined.then(() => this.#unregister(lane, member))
    }
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await Promise.all(this.#lanes.map(({ remoting }) => remoting.close()))
  }

  #newLane(): Lane | undefined {
    if (this.#lanes.length >= lanesMax) return undefined
    const members = new Map<string, GroupMember>()
    const { log } = this.#ports
    const remoting = this.#ports.connect(new Dispatcher(askedOfMembers, { members }, { log }))
    const lane = { remoting, members }
    this.#lanes.push(lane)
    return lane
  }

  async #beatAll(): Promise<void> {
    for (const lane of this.#lanes) {
      for (const member of lane.members.values()) await this.#beat(lane, member)
    }
  }

  async #beat(lane: Lane, { group, clientId, isPush, subscriptions }: GroupMember): Promise<void> {
    const body = heartbeatData.print({
      clientID: clientId,
      consumerDataSet: [
        {
          consumeFromWhere: 'CONSUME_FROM_LAST_OFFSET',
          consumeType: isPush ? 'CONSUME_PASSIVELY' : 'CONSUME_ACTIVELY',
          groupName: group,
          messageModel: 'CLUSTERING',
          subscriptionDataSet: subscriptions.map(subscriptionOf),
          unitMode: false,
        },
      ],
      heartbeatFingerprint: 0,
      producerDataSet: [],
      withoutSub: false,
    })
    await this.#everyMaster(group, (address) =>
      lane.remoting.call(address, heartBeat, {}, { body, timeoutMs }),
    )
  }

  #unregister(lane: Lane, { group, clientId }: GroupMember): Promise<void> {
    const header = { clientID: clientId, consumerGroup: group }
    return this.#everyMaster(group, (address) =>
      lane.remoting.call(address, unregisterClient, header, { timeoutMs }),
    )
  }

  async #everyMaster(group: string, tell: (address: string) => Promise<unknown>): Promise<void> {
    try {
      const masters = [...(await this.#ports.routes().masters()).values()]
      const told = await Promise.allSettled(
        masters.map(({ addresses }) => tell(addresses.get(0) ?? '')),
      )
      const failed = told.find((one) => one.status === 'rejected')
      if (failed) throw failed.reason
    } catch (error) {
      this.#ports.log.debug('member-not-told', { group, error: String(error) })
    }
  }
}

const subscriptionOf = ({ topic, filter }: GroupMember['subscriptions'][number]) => ({
  classFilterMode: false,
  codeSet: [],
  expressionType: filter?.type ?? 'TAG',
  subString: filter?.expression ?? '*',
  subVersion: 0,
  tagsSet: [],
  topic,
})

type Asked = { readonly members: ReadonlyMap<string, GroupMember> }

function memberOf({ members }: Asked, group: string, clientId: string | undefined): GroupMember {
  const member = members.get(group)
  if (!member || (clientId && member.clientId !== clientId)) {
    throw new MqError('broker-error', 'the consumer is not here any more', { group })
  }
  return member
}

const onRunningInfo = handlerFor<Asked>()(getConsumerRunningInfo, async (header, ports) => {
  const member = memberOf(ports, header.consumerGroup, header.clientId)
  const jstack = header.jstackEnable ? await member.stackTrace() : undefined
  return {
    body: consumerRunningInfo.print({
      properties: new Map([
        ['PROP_CONSUME_TYPE', member.isPush ? 'CONSUME_PASSIVELY' : 'CONSUME_ACTIVELY'],
        ['PROP_CLIENT_VERSION', member.version],
        ['PROP_CONSUMER_START_TIMESTAMP', String(member.since)],
        ['PROP_CONSUMEORDERLY', 'false'],
      ]),
      subscriptionSet: member.subscriptions.map(subscriptionOf),
      ...(jstack !== undefined && { jstack }),
    }),
  }
})

const onConsumeDirectly = handlerFor<Asked>()(
  consumeMessageDirectly,
  async (header, ports, { body }) => {
    const member = memberOf(ports, header.consumerGroup, header.clientId)
    const { result, spentMs } = await member.verify(decodeRecord(body), header.brokerName ?? '')
    return {
      body: consumeDirectlyResult.print({
        autoCommit: true,
        consumeResult: results[result],
        order: false,
        spentTimeMills: spentMs,
      }),
    }
  },
)

const results = { consumed: 'CR_SUCCESS', failed: 'CR_LATER', corrupted: 'CR_RETURN_NULL' } as const

const askedOfMembers: readonly Handler<Asked>[] = [onRunningInfo, onConsumeDirectly]
