// Request and reply: a message that asks, and the answer that a broker pushes to whoever asked.
//
// The question is an ordinary message with CORRELATION_ID, REPLY_TO_CLIENT and TTL. Whoever
// consumes it sends the reply to `<CLUSTER>_REPLY_TOPIC`; the broker that takes it pushes it over
// the connection of the asker's heartbeats. Works with the RPC of Apache's clients both ways.
// Source: DefaultMQProducerImpl.request, MessageUtil.createReplyMessage,
// ClientRemotingProcessor.receiveReplyMessage.

import type { Clock, Timer } from '../base/clock.ts'
import { MqError } from '../base/errors.ts'
import type { UniqueIds } from '../message/id.ts'
import type { Message } from '../message/message.ts'
import { parseProperties, propertyNames } from '../message/properties.ts'
import type { HeaderOf } from '../protocol/field.ts'
import { pushReplyMessageToClient } from '../protocol/requests/send.ts'
import { handlerFor } from '../remoting/dispatch.ts'
import type { Presence } from './presence.ts'
import { replyType, type Sender } from './send.ts'
import type { MessageToSend, ReplyAddress, RequestOptions, SendReceipt } from './types.ts'

const requestTimeoutMs = 3000
const replyTimeoutMs = 10_000
const waitingMax = 10_000

/** Replies that are waited for, by correlation id. */
export class ReplyWaits {
  readonly #waits = new Map<string, (reply: Message) => void>()

  add(correlationId: string, take: (reply: Message) => void): void {
    if (this.#waits.size >= waitingMax) {
      throw new MqError('too-many-waiters', 'too many requests wait for a reply', {
        outcome: 'not-stored',
      })
    }
    this.#waits.set(correlationId, take)
  }

  delete(correlationId: string): void {
    this.#waits.delete(correlationId)
  }

  /** One that comes too late finds nobody. */
  take(reply: Message): void {
    this.#waits.get(reply.properties.get(propertyNames.correlationId) ?? '')?.(reply)
  }
}

export const onPushReply = handlerFor<{ readonly waits: ReplyWaits }>()(
  pushReplyMessageToClient,
  (header, { waits }, call) => {
    waits.take(replyOf(header, call.body))
    return {}
  },
)

type Ports = {
  readonly sender: Pick<Sender, 'send'>
  readonly presence: Pick<Presence, 'clientId' | 'join'>
  readonly waits: ReplyWaits
  readonly ids: Pick<UniqueIds, 'next'>
  readonly clock: Clock
}

export class RequestReply {
  readonly #ports: Ports

  constructor(ports: Ports) {
    this.#ports = ports
  }

  async request(message: MessageToSend, options: RequestOptions = {}): Promise<Message> {
    const { clock, ids, presence, waits } = this.#ports
    const { timeoutMs = requestTimeoutMs, signal } = options
    const correlationId = ids.next(clock.now())
    const properties = new Map(message.properties)
      .set(propertyNames.correlationId, correlationId)
      .set(propertyNames.replyToClient, presence.clientId)
      .set(propertyNames.requestTtl, String(timeoutMs))
    signal?.throwIfAborted()
    let timer: Timer | undefined
    let take: (reply: Message) => void = () => {}
    waits.add(correlationId, (reply) => take(reply))
    let stop = (): void => {}
    const reply = new Promise<Message>((resolve, reject) => {
      take = resolve
      timer = clock.after(timeoutMs, () => reject(noReply(timeoutMs)))
      stop = () => reject(signal?.reason)
    })
    signal?.addEventListener('abort', stop, { once: true })
    try {
      // The reply may be here before the broker's word for the question.
      return await Promise.race([reply, this.#ask(properties, message, options).then(() => reply)])
    } finally {
      timer?.cancel()
      signal?.removeEventListener('abort', stop)
      waits.delete(correlationId)
    }
  }

  async #ask(
    properties: ReadonlyMap<string, string>,
    message: MessageToSend,
    { timeoutMs = requestTimeoutMs, producerGroup = defaultGroup, signal }: RequestOptions,
  ): Promise<void> {
    await this.#ports.presence.join(producerGroup)
    signal?.throwIfAborted()
    await this.#ports.sender.send({ ...message, properties }, { timeoutMs, producerGroup })
  }

  async reply(
    to: ReplyAddress,
    message: Omit<MessageToSend, 'topic'>,
    options: { readonly timeoutMs?: number } = {},
  ): Promise<SendReceipt> {
    const properties = new Map(message.properties)
      .set(propertyNames.messageType, replyType)
      .set(propertyNames.correlationId, to.correlationId)
      .set(propertyNames.replyToClient, to.clientId)
    if (to.ttlMs !== undefined) properties.set(propertyNames.requestTtl, String(to.ttlMs))
    const topic = `${to.cluster}_REPLY_TOPIC`
    const { timeoutMs = replyTimeoutMs } = options
    return this.#ports.sender.send({ ...message, topic, properties }, { timeoutMs, retries: 0 })
  }
}

const defaultGroup = 'DEFAULT_PRODUCER'

const noReply = (timeoutMs: number) =>
  new MqError('reply-timeout', undefined, { timeoutMs, outcome: 'unknown' })

/** Where the reply to a message goes; undefined when it does not ask for one. */
export function replyAddressOf({
  properties,
}: Pick<Message, 'properties'>): ReplyAddress | undefined {
  const cluster = properties.get(propertyNames.cluster)
  const correlationId = properties.get(propertyNames.correlationId)
  const clientId = properties.get(propertyNames.replyToClient)
  if (!cluster || !correlationId || !clientId) return undefined
  const ttlMs = Number(properties.get(propertyNames.requestTtl) ?? Number.NaN)
  return {
    cluster,
    correlationId,
    clientId,
    ttlMs: Number.isSafeInteger(ttlMs) ? ttlMs : undefined,
  }
}

/** A reply was not read from a log: it has no place in one. */
function replyOf(
  header: HeaderOf<typeof pushReplyMessageToClient.header>,
  body: Uint8Array,
): Message {
  const properties = parseProperties(header.properties ?? '')
  return {
    topic: header.topic,
    queueId: header.queueId,
    queueOffset: 0,
    position: 0,
    size: 0,
    flag: header.flag,
    sysFlag: header.sysFlag,
    bodyCrc: 0,
    bornTimestamp: header.bornTimestamp,
    bornHost: header.bornHost,
    storeTimestamp: header.storeTimestamp,
    storeHost: header.storeHost,
    reconsumeTimes: header.reconsumeTimes ?? 0,
    preparedPosition: 0,
    body,
    properties,
    messageId: properties.get(propertyNames.uniqueKey) ?? '',
    offsetMessageId: '',
  }
}
