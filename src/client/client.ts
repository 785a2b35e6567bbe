// The typed remoting client: what the gateway, the command line and the tests stand on, and
// what programs may use themselves. Its parts are in the files beside this one.
//
// Not served: push consumers with rebalancing.

import { type Credentials, signWith } from '../access/signature.ts'
import type { Clock } from '../base/clock.ts'
import type { Service } from '../base/lifecycle.ts'
import { type Log, silentLog } from '../base/log.ts'
import type { Network, TlsClient } from '../base/network.ts'
import type { Random } from '../base/random.ts'
import { UniqueIds } from '../message/id.ts'
import { type ClientLimits, RemotingClient } from '../remoting/client.ts'
import type { Handler } from '../remoting/dispatch.ts'
import { Dispatcher } from '../remoting/dispatcher.ts'
import { Access } from './access.ts'
import { Admin } from './admin.ts'
import { Brokers, NameServers } from './cluster.ts'
import { ClusterInspection } from './inspection.ts'
import { Members } from './members.ts'
import { Offsets } from './offsets.ts'
import { Presence } from './presence.ts'
import { Receiver } from './receive.ts'
import { onPushReply, ReplyWaits, RequestReply } from './request-reply.ts'
import { Routes } from './routes.ts'
import { Sender } from './send.ts'
import { endPrepared } from './transaction.ts'
import { onCheckTransaction, TransactionChecks } from './transaction-checks.ts'
import type { MqClient } from './types.ts'

export type MqClientOptions = {
  /** `host:port` of every name server. One that answers is enough. */
  readonly nameServers: readonly string[]
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log?: Log
  /** Of calls that do not wait at the broker. Source: mqClientApiTimeout. */
  readonly timeoutMs?: number
  readonly limits?: ClientLimits
  /** Signs every request: where brokers and name servers ask for it. */
  readonly credentials?: Credentials | undefined
  /** Where this client is: slaves of that zone are read rather than others. */
  readonly zone?: string | undefined
  /** Undefined: plaintext. */
  readonly tls?: TlsClient | undefined
}

/** What brokers ask of a client. */
type Asked = { readonly waits: ReplyWaits; readonly checks: TransactionChecks }
const askedOfClients: readonly Handler<Asked>[] = [onPushReply, onCheckTransaction]

/** Connects on the first call that needs it. `stop` ends what waits and closes connections. */
export class Client implements MqClient, Service {
  readonly name = 'mq-client'
  readonly inspection: ClusterInspection
  /** Users and policies. */
  readonly access: Access
  readonly #remoting: RemotingClient
  readonly #routes: Routes
  readonly #brokers: Brokers
  readonly #sender: Sender
  readonly #receiver: Receiver
  readonly #offsets: Offsets
  readonly #admin: Admin
  readonly #presence: Presence
  readonly #checks: TransactionChecks
  readonly #members: Members
  readonly #requests: RequestReply

  constructor(options: MqClientOptions) {
    const { clock, random, network, limits, log = silentLog, timeoutMs = 3000 } = options
    const waits = new ReplyWaits()
    this.#checks = new TransactionChecks({
      presence: () => this.#presence,
      routes: () => this.#routes,
      log,
    })
    const sign = options.credentials && signWith(options.credentials)
    const wiring = {
      ...{ network, clock, log, tls: options.tls },
      ...(limits && { limits }),
      ...(sign && { sign }),
    }
    this.#remoting = new RemotingClient({
      ...wiring,
      dispatcher: new Dispatcher(askedOfClients, { waits, checks: this.#checks }, { log }),
      whenLost: (address) => this.#presence.forgotten(address),
    })
    this.#members = new Members({
      connect: (dispatcher) => new RemotingClient({ ...wiring, dispatcher }),
      routes: () => this.#routes,
      clock,
      log,
    })
    const nameServers = new NameServers(this.#remoting, {
      addresses: options.nameServers,
      timeoutMs,
      first: random.below(Math.max(options.nameServers.length, 1)),
    })
    const routes = new Routes(nameServers, clock)
    const brokers = new Brokers(this.#remoting, routes, timeoutMs, options.zone)
    // Ids are unique without the machine's address; random bytes in its place say nothing of it.
    const ids = new UniqueIds({
      ip: random.bytes(4),
      processId: random.below(0x10000),
      instance: random.bytes(4),
    })
    const clientId = `${ids.next(clock.now())}@rocketway`
    this.#presence = new Presence(clientId, { brokers, routes, clock, log })
    this.#routes = routes
    this.#brokers = brokers
    this.#sender = new Sender({ routes, brokers, ids, clock, random })
    this.#receiver = new Receiver(brokers, clock)
    this.#offsets = new Offsets(brokers)
    this.#requests = new RequestReply({
      sender: this.#sender,
      presence: this.#presence,
      waits,
      ids,
      clock,
    })
    this.inspection = new ClusterInspection({ nameServers, brokers, routes })
    this.#admin = new Admin({ clientId, nameServers, brokers, routes })
    this.access = new Access({ nameServers, brokers })
  }

  start(): void {}

  async stop(): Promise<void> {
    this.#presence.stop()
    await Promise.all([this.#members.stop(), this.#remoting.close()])
  }

  readonly route: MqClient['route'] = (topic) => this.#routes.route(topic)
  readonly masters: MqClient['masters'] = () => this.#routes.masters()

  readonly send: MqClient['send'] = (message, options) => this.#sender.send(message, options)
  readonly sendBatch: MqClient['sendBatch'] = (messages, options) =>
    this.#sender.sendBatch(messages, options)

  readonly recall: MqClient['recall'] = (broker, topic, handle) =>
    this.#sender.recall(broker, topic, handle)
  readonly endTransaction: MqClient['endTransaction'] = (end) => endPrepared(this.#brokers, end)
  readonly watchTransactions: MqClient['watchTransactions'] = (group, ask) =>
    this.#checks.watch(group, ask)
  readonly joinGroup: MqClient['joinGroup'] = (member) => this.#members.join(member)

  readonly request: MqClient['request'] = (message, options) =>
    this.#requests.request(message, options)
  readonly reply: MqClient['reply'] = (to, message, options) =>
    this.#requests.reply(to, message, options)

  readonly dedupWindowMs: MqClient['dedupWindowMs'] = (broker) => this.#admin.dedupWindowMs(broker)

  readonly pull: MqClient['pull'] = (request) => this.#receiver.pull(request)
  readonly pop: MqClient['pop'] = (request) => this.#receiver.pop(request)
  readonly notification: MqClient['notification'] = (request) =>
    this.#receiver.notification(request)
  readonly ack: MqClient['ack'] = (group, receipt, options) =>
    this.#receiver.ack(group, receipt, options)
  readonly ackBatch: MqClient['ackBatch'] = (group, receipts, options) =>
    this.#receiver.ackBatch(group, receipts, options)
  readonly changeInvisible: MqClient['changeInvisible'] = (group, receipt, ms, options) =>
    this.#receiver.changeInvisible(group, receipt, ms, options)
  readonly sendToDeadLetters: MqClient['sendToDeadLetters'] = (group, receipt) =>
    this.#receiver.sendToDeadLetters(group, receipt)

  readonly minOffset: MqClient['minOffset'] = (queue) => this.#offsets.min(queue)
  readonly maxOffset: MqClient['maxOffset'] = (queue) => this.#offsets.max(queue)
  readonly offsetByTime: MqClient['offsetByTime'] = (queue, timestamp, boundary = 'lower') =>
    this.#offsets.byTime(queue, timestamp, boundary)
  readonly consumerOffset: MqClient['consumerOffset'] = (group, queue) =>
    this.#offsets.consumer(group, queue)
  readonly updateConsumerOffset: MqClient['updateConsumerOffset'] = (group, queue, offset) =>
    this.#offsets.updateConsumer(group, queue, offset)

  readonly topics: MqClient['topics'] = () => this.#admin.topics()
  readonly createTopic: MqClient['createTopic'] = (settings, brokers) =>
    this.#admin.createTopic(settings, brokers)
  readonly topicSettings: MqClient['topicSettings'] = (topic) => this.#admin.topicSettings(topic)
  readonly groupSettings: MqClient['groupSettings'] = (group) => this.#admin.groupSettings(group)
}
