// Transactions: a message that is prepared first and committed or taken back later, and the
// brokers' questions about those that nobody ended. The id that a send gave holds all that any
// node needs to end it; it is signed. The producer group is the topic, as with Apache's proxy,
// so that every gateway that has a producer of the topic can pass the questions on.
// Source: TransactionService, ClusterTransactionService.

import { MqError } from '../../src/base/errors.ts'
import type { SendReceipt, TransactionEnd, TransactionQuestion } from '../../src/client/types.ts'
import { parseOffsetMessageId } from '../../src/message/id.ts'
import type { Call, EndTransactionInput, TransactionCheck } from './core.ts'
import { delivered } from './delivered.ts'
import type { KeyRing } from './key-ring.ts'
import { isOwn, ownName, writableTopic } from './names.ts'
import type { CorePorts } from './ports.ts'
import type { RouteCache } from './route-cache.ts'
import { openToken, sealToken } from './token.ts'

const prefix = 'mqt1'
const lengthMax = 2048

type Prepared = Omit<TransactionEnd, 'resolution' | 'answersCheck'>

/** What the caller gets of a prepared message; `topic` is the broker's name of it. */
export function sealTransaction(prepared: Prepared, isAnswer: boolean, keys: KeyRing): string {
  const { topic, producerGroup, broker, queueOffset, position, messageId } = prepared
  const fields = [topic, producerGroup, broker, queueOffset, position, messageId, isAnswer]
  return sealToken(prefix, Buffer.from(JSON.stringify(fields)), keys)
}

export function preparedOf(topic: string, receipt: SendReceipt): Prepared {
  const place = parseOffsetMessageId(receipt.offsetMessageId)
  // Stored, and nobody can say how it ends but by the broker's question.
  if (!place) throw new MqError('broker-error', 'the half has no place', { outcome: 'unknown' })
  return {
    topic,
    producerGroup: topic,
    broker: receipt.broker,
    queueOffset: receipt.queueOffset,
    position: place.position,
    messageId: receipt.messageId,
  }
}

export async function endTransaction(
  input: EndTransactionInput,
  call: Call,
  { ports, routes }: { readonly ports: CorePorts; readonly routes: RouteCache },
): Promise<void> {
  const end = openTransaction(input.transactionId, ports.keys)
  if (!end) throw new MqError('invalid-transaction')
  const topic = writableTopic(input.topic ?? ownName(end.topic, call.identity), call.identity)
  if (end.topic !== topic || !(await routes.hasMaster(end.broker))) {
    throw new MqError('invalid-transaction')
  }
  try {
    await ports.client.endTransaction({ ...end, resolution: input.resolution })
  } catch (error) {
    const isRefusal = error instanceof MqError && error.failure === 'broker-error'
    if (!isRefusal) throw error
    throw new MqError('invalid-transaction', 'it is not known or has ended', {}, { cause: error })
  }
}

export function watchTransactions(
  topicOfCaller: string,
  call: Call,
  ask: (check: TransactionCheck) => void,
  { client, keys }: CorePorts,
): () => void {
  const topic = writableTopic(topicOfCaller, call.identity)
  return client.watchTransactions(topic, (question) => {
    // A group is a topic's name; what is asked about may still be a message of another one.
    if (!isOwn(question.message.topic, call.identity)) return
    ask(checkOf(question, call, keys))
  })
}

function checkOf(question: TransactionQuestion, call: Call, keys: KeyRing): TransactionCheck {
  const { message, ...place } = question
  return {
    message: delivered(message, question.broker, call.identity),
    transactionId: sealTransaction({ ...place, topic: message.topic }, true, keys),
  }
}

function openTransaction(
  text: string,
  keys: KeyRing,
): (Prepared & { readonly answersCheck: boolean }) | undefined {
  const bytes = text.length > lengthMax ? undefined : openToken(prefix, text, keys)
  if (!bytes) return undefined
  // Sealed by this ring, so it is what was printed above.
  const [topic, producerGroup, broker, queueOffset, position, messageId, answersCheck] = JSON.parse(
    bytes.toString(),
  ) as [string, string, string, number, number, string, boolean]
  return { topic, producerGroup, broker, queueOffset, position, messageId, answersCheck }
}
