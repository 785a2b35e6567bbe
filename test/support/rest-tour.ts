// A walk through the REST operations of a gateway, whatever cluster it stands in front of.

import type { ExecutionContext } from 'ava'

export type Rest = {
  readonly url: string
  /** What every request carries: a credential. */
  readonly headers?: Readonly<Record<string, string>>
}

type Json = Record<string, unknown>
type Message = Json & {
  readonly handle: string
  readonly messageId: string
  readonly attempt: number
  readonly body: { readonly json?: unknown; readonly text?: string }
  readonly broker: string
  readonly queueId: number
  readonly queueOffset: string
}

export type Answer = { readonly status: number; readonly headers: Headers; readonly text: string }

const json = { 'content-type': 'application/json' }

export class RestCaller {
  readonly #rest: Rest

  constructor(rest: Rest) {
    this.#rest = rest
  }

  async ask(
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.#rest.url}${path}`, {
      method,
      headers: { ...this.#rest.headers, ...headers },
      ...(body !== undefined && { body }),
    })
    return { status: response.status, headers: response.headers, text: await response.text() }
  }

  /** A request with JSON both ways; anything but the status fails with what was answered. */
  async json(method: string, path: string, value?: unknown, status = 200): Promise<Json> {
    const body = value === undefined ? undefined : JSON.stringify(value)
    const answer = await this.ask(method, path, body, json)
    if (answer.status !== status) {
      throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`)
    }
    return answer.text === '' ? {} : (JSON.parse(answer.text) as Json)
  }

  async receive(group: string, topic: string, more: object = {}): Promise<readonly Message[]> {
    const path = `/v1/groups/${group}/topics/${topic}/messages:receive`
    const asked = { max: 16, wait: '10s', invisible: '30s', ...more }
    return (await this.json('POST', path, asked))['messages'] as Message[]
  }
}

/** Names are new in each run: a cluster may be used again. */
const nameFor = (what: string): string => `${what}-${Date.now().toString(36)}-${process.pid}`

/** Sends in every form, and what is looked at afterwards without consuming. */
export async function tourOfSends(t: ExecutionContext, rest: RestCaller): Promise<void> {
  const topic = nameFor('sends')
  const messages = `/v1/topics/${topic}/messages`
  await rest.json('POST', '/v1/topics', { name: topic, queues: 2 }, 201)
  const queues = (await rest.json('GET', `/v1/topics/${topic}/queues`))['items'] as Json[]
  t.true(queues.length >= 2)

  const raw = await rest.ask('POST', messages, '{"id":1}', {
    ...json,
    'Mq-Tag': 'paid',
    'Mq-Keys': 'o-1',
  })
  t.is(raw.status, 201, raw.text)
  const lines = [
    '{"ref":"a","body":{"text":"one"},"keys":["k-a"]}',
    'no json',
    '{"ref":"c","body":{"text":"three"}}',
  ]
  const streamed = await rest.ask('POST', `${messages}:batch`, lines.join('\n'), {
    'content-type': 'application/x-ndjson',
  })
  const answers = streamed.text.trim().split('\n')
  const items = answers.map((line) => JSON.parse(line) as Json)
  t.deepEqual(
    items.map(({ status }) => status),
    [201, 400, 201, undefined],
    streamed.text,
  )
  t.deepEqual(items.at(-1), { summary: { stored: 2, failed: 1 } })
  const event = { specversion: '1.0', id: 'e-1', source: '/test', type: 'order.paid' }
  const structured = await rest.ask(
    'POST',
    messages,
    JSON.stringify({ ...event, data: { id: 2 } }),
    { 'content-type': 'application/cloudevents+json' },
  )
  t.is(structured.status, 201, structured.text)
  const binary = await rest.ask('POST', messages, '{"id":3}', {
    ...json,
    'ce-specversion': '1.0',
    'ce-id': 'e-2',
    'ce-source': '/test',
    'ce-type': 'order.paid',
  })
  t.is(binary.status, 201, binary.text)

  const sent = JSON.parse(raw.text) as Message
  const found = await eventually(async () => {
    const page = await rest.json('GET', `${messages}?key=o-1`)
    return (page['items'] as Json[]).length > 0 ? page : undefined
  })
  t.like((found['items'] as Json[])[0], { messageId: sent.messageId, tag: 'paid' })
  t.like(await rest.json('GET', `${messages}/${sent.messageId}`), { body: { json: { id: 1 } } })
  const asEvent = await rest.ask(
    'GET',
    `${messages}/${(JSON.parse(binary.text) as Message).messageId}`,
    undefined,
    {
      accept: 'application/cloudevents+json',
    },
  )
  t.like(JSON.parse(asEvent.text), { ...event, id: 'e-2', data: { id: 3 } }, asEvent.text)
  const all = await rest.json('GET', messages)
  t.true(all['complete'])
  t.is((all['items'] as Json[]).length, 5)
  const events = (all['items'] as Json[]).map(({ properties }) => (properties as Json)['CE_id'])
  t.deepEqual(events.filter(Boolean).sort(), ['e-1', 'e-2'])
  const tagged = await rest.json('GET', `${messages}?tag=paid&pageSize=1`)
  t.is((tagged['items'] as Json[]).length, 1)
  const place = `/v1/topics/${topic}/queues/${sent.broker}/${sent.queueId}/messages`
  const page = await rest.json('GET', `${place}?offset=${sent.queueOffset}&limit=1`)
  t.like((page['messages'] as Json[])[0], { messageId: sent.messageId })

  const view = await rest.ask('GET', `/v1/topics/${topic}`)
  t.is((await rest.ask('DELETE', `/v1/topics/${topic}`)).status, 428)
  t.is(
    (await rest.ask('DELETE', `/v1/topics/${topic}`, undefined, { 'If-Match': '"x"' })).status,
    412,
  )
  const tag = view.headers.get('etag') ?? ''
  t.is(
    (await rest.ask('GET', `/v1/topics/${topic}`, undefined, { 'If-None-Match': tag })).status,
    304,
  )
  t.is(
    (await rest.ask('DELETE', `/v1/topics/${topic}`, undefined, { 'If-Match': tag })).status,
    204,
  )
}

/** A group from its first receive to its dead letters. */
export async function tourOfGroups(t: ExecutionContext, rest: RestCaller): Promise<void> {
  const topic = nameFor('work')
  const group = nameFor('workers')
  const messages = `/v1/topics/${topic}/messages`
  await rest.json('POST', '/v1/topics', { name: topic, queues: 1 }, 201)
  for (const text of ['one', 'two']) {
    t.is((await rest.ask('POST', messages, text, { 'content-type': 'text/plain' })).status, 201)
  }
  const received: Message[] = []
  while (received.length < 2) received.push(...(await rest.receive(group, topic)))
  t.deepEqual(
    received.map(({ body }) => body.text),
    ['one', 'two'],
  )
  const [first, second] = received.map(({ handle }) => handle)
  t.like(await rest.json('POST', `/v1/groups/${group}/messages:ack`, { handles: [first] }), {
    acked: 1,
  })
  const lag = await rest.json('GET', `/v1/groups/${group}/lag`)
  t.true((lag['items'] as Json[]).some((one) => one['topic'] === topic))
  t.like(await rest.json('GET', `/v1/groups/${group}`), { name: group, fifo: false })
  const groups = await rest.json('GET', `/v1/groups?q=${group}`)
  t.deepEqual(groups['items'], [{ name: group }])
  await rest.json('GET', `/v1/groups/${group}/clients`)

  await rest.json('POST', `/v1/groups/${group}/messages:nack`, { items: [{ handle: second }] })
  const [again] = await rest.receive(group, topic)
  t.like(again, { body: { text: 'two' }, attempt: 2 })
  await rest.json('POST', `/v1/groups/${group}/messages:ack`, { handles: [again?.handle] })

  const seek = `/v1/groups/${group}/topics/${topic}:seek`
  const dry = await rest.json('POST', seek, { to: 'earliest', dryRun: true })
  t.like((dry['items'] as Json[])[0], { to: '0' })
  t.is((await rest.receive(group, topic, { wait: '0s' })).length, 0)
  await rest.json('POST', seek, { to: 'earliest' })
  const replayed: Message[] = []
  while (replayed.length < 2) replayed.push(...(await rest.receive(group, topic)))
  t.deepEqual(
    replayed.map(({ body }) => body.text),
    ['one', 'two'],
  )
}

/** Questions and replies, transactions, and a message that is given up, sent again and purged. */
export async function tourOfConversations(t: ExecutionContext, rest: RestCaller): Promise<void> {
  const topic = nameFor('asks')
  const group = nameFor('answers')
  await rest.json('POST', '/v1/topics', { name: topic, queues: 1 }, 201)
  const asked = rest.ask('POST', `/v1/topics/${topic}/requests?timeout=30s`, 'question')
  const [question] = await eventually(async () => {
    const messages = await rest.receive(group, topic, { wait: '5s' })
    return messages.length > 0 ? messages : undefined
  })
  const replied = await rest.ask('POST', `/v1/replies/${question?.['replyHandle']}`, 'answer', {
    'content-type': 'text/plain',
  })
  t.is(replied.status, 204, replied.text)
  t.like(await asked, { status: 200, text: 'answer' })

  const dead = { items: [{ handle: question?.handle }] }
  const given = await rest.json('POST', `/v1/groups/${group}/messages:dead-letter`, dead)
  t.like(given, { deadLettered: 1 })
  const letters = `/v1/groups/${group}/dlq/messages`
  const [letter] = await eventually(async () => {
    const items = (await rest.json('GET', letters))['items'] as Message[]
    return items.length > 0 ? items : undefined
  })
  t.like(letter, { body: { text: 'question' } })
  const { broker, queueId, queueOffset } = letter as Message
  const again = { items: [{ broker, queueId, queueOffset }] }
  t.like(await rest.json('POST', `${letters}:resend`, again), { resent: 1 })
  const [resent] = await rest.receive(group, topic)
  t.like(resent, { body: { text: 'question' } })
  await rest.json('POST', `/v1/groups/${group}/messages:ack`, { handles: [resent?.handle] })
  t.is((await rest.ask('POST', `${letters}:purge`, '{"confirm":"x"}', json)).status, 400)
  t.like(await rest.json('POST', `${letters}:purge`, { confirm: group }), { purged: 1 })

  const deals = nameFor('deals')
  await rest.json('POST', '/v1/topics', { name: deals, type: 'transaction', queues: 1 }, 201)
  const prepare = async (text: string): Promise<string> => {
    const answer = await rest.ask('POST', `/v1/topics/${deals}/messages`, text, {
      'content-type': 'text/plain',
      'Mq-Type': 'transaction',
    })
    t.is(answer.status, 201, answer.text)
    return (JSON.parse(answer.text) as { transactionId: string }).transactionId
  }
  const [kept, gone] = [await prepare('kept'), await prepare('gone')]
  t.is((await rest.ask('POST', `/v1/transactions/${gone}:rollback`)).status, 204)
  t.is((await rest.ask('POST', `/v1/transactions/${kept}:commit`)).status, 204)
  const forged = await rest.ask('POST', `/v1/transactions/${kept.slice(0, -2)}:commit`)
  t.is(forged.status, 400, forged.text)
  const committed = await rest.receive(group, deals)
  t.deepEqual(
    committed.map(({ body }) => body.text),
    ['kept'],
  )
}

async function eventually<T>(ask: () => Promise<T | undefined>): Promise<T> {
  const until = Date.now() + 30_000
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    if (Date.now() > until) throw new Error('it did not come')
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}
