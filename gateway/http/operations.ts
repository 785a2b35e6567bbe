// The operations of the data plane, one function each: read, ask the core, answer.

import { MqError } from '../../src/base/errors.ts'
import type { Received, SendInput } from '../core/core.ts'
import { envelopeMembers, parseEnvelope } from '../core/envelope.ts'
import { plainBody, sendOutputJson } from '../core/message-json.ts'
import { chooseType, mediaType, requireJson } from './accept.ts'
import { jsonObject, readBody } from './body.ts'
import { eventModeOf, parseEvent } from './cloud-event.ts'
import {
  batchResult,
  extendResult,
  handleFailures,
  parseAck,
  parseBatch,
  parseBodyForm,
  parseExtend,
  parseNack,
  parseRead,
  parseReceive,
  readResult,
  receiveResult,
} from './convert.ts'
import type { Exchange } from './exchange.ts'
import { headerText, parseRawSend, rawHeaders } from './message-headers.ts'
import { ndjson, sendLines } from './ndjson-batch.ts'
import type { HttpPorts, Operation } from './ports.ts'

const json = 'application/json'
const octets = 'application/octet-stream'
const envelopeType = 'application/vnd.rocketway.message+json'
// Requests that are no messages: handles and small options.
const requestBytesMax = 512 * 1024
// An envelope says the same body in more bytes: base64, escapes, and the words around it.
const envelopeFactor = 2

export const sendMessage: Operation = async (exchange, ports) => {
  chooseType(exchange.req.headers.accept, [json])
  const { topic = '' } = exchange.params
  const input = await readMessage(exchange, topic, ports)
  const output = await ports.core.send(input, exchange.call())
  const location = `/v1/topics/${encodeURIComponent(topic)}/messages/${output.messageId}`
  exchange.json(output.replayed ? 200 : 201, sendOutputJson(output), {
    Location: location,
    ...(output.replayed && { 'Idempotency-Replayed': 'true' }),
  })
}

/** The message that a request is: raw, in an envelope, or a CloudEvent. */
export async function readMessage(
  exchange: Exchange,
  topic: string,
  ports: HttpPorts,
): Promise<SendInput> {
  const isEnvelope = mediaType(exchange.req.headers['content-type']) === envelopeType
  const eventMode = eventModeOf(exchange)
  const isPacked = isEnvelope || eventMode === 'structured'
  const bytesMax = ports.bodyBytesMax * (isPacked ? envelopeFactor : 1)
  const body = await read(exchange, bytesMax, 'message-too-large')
  const now = ports.clock.now()
  if (isEnvelope) return parseEnvelope(jsonObject(body, envelopeMembers), topic, now)
  if (eventMode) return parseEvent(exchange, eventMode, topic, body)
  return parseRawSend(exchange, topic, body, now)
}

export const sendBatch: Operation = async (exchange, ports) => {
  if (mediaType(exchange.req.headers['content-type']) === ndjson) {
    chooseType(exchange.req.headers.accept, [ndjson])
    return sendLines(exchange, ports)
  }
  chooseType(exchange.req.headers.accept, [json])
  requireJson(exchange.req.headers['content-type'])
  const body = await read(exchange, ports.batchBytesMax, 'batch-too-large')
  const { inputs, refs } = parseBatch(body, exchange.params['topic'] ?? '', ports.clock.now())
  const results = await ports.core.sendBatch(inputs, exchange.call())
  const result = batchResult(results, refs)
  const [first] = results
  if (result.stored === 0 && first instanceof Error) throw first
  exchange.json(result.failed === 0 ? 200 : 207, result)
}

export const receiveMessages: Operation = async (exchange, ports) => {
  const type = chooseType(exchange.req.headers.accept, [json, octets])
  requireJson(exchange.req.headers['content-type'])
  const { group = '', topic = '' } = exchange.params
  const form = parseBodyForm(exchange.query)
  const input = parseReceive(await read(exchange), group, topic)
  if (type === octets && input.max !== 1) {
    throw new MqError('not-acceptable', 'a raw answer is one message: max must be 1')
  }
  const output = await ports.core.receive(input, exchange.waitingCall())
  const { messages } = output
  giveBackUnlessDelivered(exchange, group, messages, ports)
  if (type === json) return exchange.text(200, json, receiveResult(output, form))

  const [message] = messages
  if (!message) return exchange.empty(204)
  const body = plainBody(message) ?? message.body
  const contentType = message.contentType === undefined ? octets : headerText(message.contentType)
  exchange.bytes(200, contentType, body, { ...asData, ...rawHeaders(message) })
}

/** What somebody stored is never a page of this gateway's, whatever type it was stored with. */
export const asData = {
  'Content-Disposition': 'attachment',
  'Content-Security-Policy': 'sandbox',
} as const

/** What the caller did not get because it has gone is visible again at once. */
function giveBackUnlessDelivered(
  exchange: Exchange,
  group: string,
  messages: readonly Received[],
  { core, log, undelivered }: HttpPorts,
): void {
  if (messages.length === 0) return
  const giveBack = async (): Promise<void> => {
    undelivered.add(messages.length)
    const items = messages.map(({ handle }) => ({ handle }))
    try {
      const results = await core.nack({ group, items }, exchange.call())
      const failed = results.find((result) => result instanceof Error)
      if (failed) log.warn('give-back-failed', { error: String(failed) })
    } catch (error) {
      log.warn('give-back-failed', { error: String(error) })
    }
  }
  const { res } = exchange
  if (res.destroyed) return void giveBack()
  // Flushed means with the kernel; more cannot be known without the caller's acknowledgement.
  // A response whose socket is gone finishes too, so that alone says nothing, nor does
  // `writableFinished`; node itself closes the socket only after the first listener.
  let isFlushed = false
  res.prependOnceListener('finish', () => {
    isFlushed = !exchange.req.socket.destroyed
  })
  res.once('close', () => {
    if (!isFlushed) void giveBack()
  })
}

export const ackMessages: Operation = async (exchange, ports) => {
  const input = parseAck(await readJson(exchange), exchange.params['group'] ?? '')
  const results = await ports.core.ack(input, exchange.call())
  const failed = handleFailures(results)
  const acked = results.length - (failed?.length ?? 0)
  answerHandles(exchange, results, { acked, ...(failed && { results: failed }) })
}

export const nackMessages: Operation = async (exchange, ports) => {
  const input = parseNack(await readJson(exchange), exchange.params['group'] ?? '')
  const results = await ports.core.nack(input, exchange.call())
  const failed = handleFailures(results)
  const nacked = results.length - (failed?.length ?? 0)
  answerHandles(exchange, results, { nacked, ...(failed && { results: failed }) })
}

export const extendMessages: Operation = async (exchange, ports) => {
  const input = parseExtend(await readJson(exchange), exchange.params['group'] ?? '')
  const results = await ports.core.extend(input, exchange.call())
  answerHandles(exchange, results, extendResult(results))
}

/** 200 for all, 207 for some; a failure that is the only result is the answer itself. */
function answerHandles(exchange: Exchange, results: readonly unknown[], value: unknown): void {
  const failed = results.filter((result) => result instanceof Error)
  const [first] = failed
  if (first && results.length === 1) throw first
  exchange.json(failed.length === 0 ? 200 : 207, value)
}

export const readMessages: Operation = async (exchange, ports) => {
  const form = parseBodyForm(exchange.query)
  const input = parseRead(await readJson(exchange), exchange.params['topic'] ?? '')
  const output = await ports.core.read(input, exchange.waitingCall())
  exchange.text(200, json, readResult(output, form))
}

export const recallMessage: Operation = async (exchange, { core }) => {
  chooseType(exchange.req.headers.accept, [json])
  const { topic = '', handle = '' } = exchange.params
  exchange.json(202, await core.recall({ topic, handle }, exchange.call()))
}

/** A request that is JSON and is answered in JSON. */
export async function readJson(exchange: Exchange): Promise<Buffer> {
  chooseType(exchange.req.headers.accept, [json])
  requireJson(exchange.req.headers['content-type'])
  return read(exchange)
}

const read = (
  { req, res }: Exchange,
  bytesMax = requestBytesMax,
  tooLarge: 'message-too-large' | 'batch-too-large' = 'batch-too-large',
): Promise<Buffer> => readBody(req, res, { bytesMax, tooLarge })
