// Operations in which others have a say: questions and their answers, transactions and what
// brokers ask about them, and giving a message up.

import { MqError } from '../../src/base/errors.ts'
import type { TransactionCheck } from '../core/core.ts'
import { parseDuration } from '../core/duration.ts'
import { messageMembers, plainBody } from '../core/message-json.ts'
import { chooseType } from './accept.ts'
import { jsonObject, readBody } from './body.ts'
import { handleFailures, parseBodyForm, parseItems } from './convert.ts'
import { headerText } from './message-headers.ts'
import { asData, readJson, readMessage } from './operations.ts'
import type { Operation } from './ports.ts'

const json = 'application/json'
const octets = 'application/octet-stream'
const timeoutMsDefault = 5000
const minuteMs = 60_000
const checksMax = 32

export const requestReply: Operation = async (exchange, ports) => {
  const { topic = '' } = exchange.params
  const text = exchange.query.get('timeout')
  const rule = {
    pointer: 'timeout',
    minMs: 1,
    maxMs: minuteMs,
    failure: 'illegal-polling-time',
  } as const
  const timeoutMs = text === null ? timeoutMsDefault : parseDuration(text, rule)
  const input = await readMessage(exchange, topic, ports)
  const reply = await ports.core.request(input, timeoutMs, exchange.waitingCall())
  const contentType = reply.contentType === undefined ? octets : headerText(reply.contentType)
  exchange.bytes(200, contentType, plainBody(reply) ?? reply.body, asData)
}

export const sendReply: Operation = async (exchange, { core, bodyBytesMax }) => {
  const { handle = '' } = exchange.params
  const limit = { bytesMax: bodyBytesMax, tooLarge: 'message-too-large' } as const
  const body = await readBody(exchange.req, exchange.res, limit)
  await core.reply({ handle, body, contentType: exchange.header('content-type') }, exchange.call())
  exchange.empty(204)
}

const endTransaction =
  (resolution: 'commit' | 'rollback'): Operation =>
  async (exchange, { core }) => {
    const { transactionId = '' } = exchange.params
    await core.endTransaction({ transactionId, resolution }, exchange.call())
    exchange.empty(204)
  }

export const commitTransaction = endTransaction('commit')
export const rollbackTransaction = endTransaction('rollback')

/** The producer group of what is sent through a gateway is its topic. */
export const receiveChecks: Operation = async (exchange, { core, clock }) => {
  const form = parseBodyForm(exchange.query)
  const { wait = '0s' } = jsonObject(await readJson(exchange), new Set(['wait']))
  const rule = {
    pointer: '/wait',
    minMs: 0,
    maxMs: minuteMs / 2,
    failure: 'illegal-polling-time',
  } as const
  const waitMs = parseDuration(wait, rule)
  const call = exchange.waitingCall()
  const checks: TransactionCheck[] = []
  const first = new AbortController()
  const stop = core.watchTransactions(exchange.params['topic'] ?? '', call, (check) => {
    if (checks.length < checksMax) checks.push(check)
    first.abort()
  })
  try {
    await clock.sleep(waitMs, AbortSignal.any([first.signal, call.signal])).catch(() => {})
  } finally {
    stop()
  }
  const items = checks.map(
    ({ transactionId, message }) =>
      `{"transactionId":${JSON.stringify(transactionId)},"message":{${messageMembers(message, form)}}}`,
  )
  exchange.text(200, json, `{"checks":[${items.join(',')}]}`)
}

export const deadLetterMessages: Operation = async (exchange, { core }) => {
  chooseType(exchange.req.headers.accept, [json])
  const { group = '' } = exchange.params
  const handles = parseItems(await readJson(exchange), new Set(['handle']), (_, handle) => handle)
  const results = await Promise.all(
    handles.map((handle) =>
      core.deadLetter({ group, handle }, exchange.call()).then(
        () => undefined,
        (error: unknown) => {
          if (error instanceof MqError) return error
          throw error
        },
      ),
    ),
  )
  const failed = handleFailures(results)
  const [only] = results
  if (only && results.length === 1) throw only
  const deadLettered = results.length - (failed?.length ?? 0)
  exchange.json(failed ? 207 : 200, { deadLettered, ...(failed && { results: failed }) })
}
