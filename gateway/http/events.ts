// A reader's stream: Server-Sent Events or NDJSON. The first page is read before the status
// line, so that a wrong topic or a cursor that is gone is a proper problem. Nothing of the
// stream is kept here but where it is: a client comes back with the last id to any node.
// Source: WHATWG HTML section 9.2.

import { MqError } from '../../src/base/errors.ts'
import type { Call, ReadOutput } from '../core/core.ts'
import { problemOf } from '../core/problem.ts'
import { filterOf, readFromOf } from '../core/stream-query.ts'
import { chooseType } from './accept.ts'
import { parseBodyForm } from './convert.ts'
import type { Exchange } from './exchange.ts'
import type { HttpPorts, Operation } from './ports.ts'
import {
  drained,
  formOf,
  heartbeatMs,
  openStream,
  retryMs,
  type StreamForm,
  streamTypes,
} from './stream-form.ts'

const pageMax = 64
const waitMs = 15_000

export const streamMessages: Operation = async (exchange, ports) => {
  const type = chooseType(exchange.req.headers.accept, streamTypes)
  const { query } = exchange
  const topic = exchange.params['topic'] ?? ''
  const body = parseBodyForm(query)
  const call = exchange.waitingCall()
  const asked = { topic, filter: filterOf(query), max: pageMax }
  const first = await ports.core.read(
    { ...asked, from: readFromOf(query, exchange.header('last-event-id')), waitMs: 0 },
    call,
  )

  openStream(exchange, type)
  if (exchange.req.method === 'HEAD') return void exchange.res.end()
  const form = formOf(type, body)
  const stream = new Stream(exchange, form, ports)
  try {
    await stream.run(
      first,
      (cursor) => ports.core.read({ ...asked, from: { cursor }, waitMs }, call),
      call,
    )
  } finally {
    stream.end()
  }
}

class Stream {
  readonly #exchange: Exchange
  readonly #form: StreamForm
  readonly #ports: HttpPorts
  readonly #heartbeat: { cancel(): void }
  #cursor = ''
  #isQuiet = false

  constructor(exchange: Exchange, form: StreamForm, ports: HttpPorts) {
    this.#exchange = exchange
    this.#form = form
    this.#ports = ports
    this.#heartbeat = ports.clock.every(heartbeatMs, () => {
      // The place moves also where no message matched: who comes back need not look again.
      if (this.#isQuiet) exchange.res.write(form.place(this.#cursor))
      this.#isQuiet = true
    })
  }

  async run(
    first: ReadOutput,
    next: (cursor: string) => Promise<ReadOutput>,
    call: Call,
  ): Promise<void> {
    const { res } = this.#exchange
    res.write(this.#form.opening)
    let page = first
    while (!call.signal.aborted) {
      this.#cursor = page.cursor
      if (page.messages.length > 0) {
        this.#isQuiet = false
        const text = page.messages.map((message) => this.#form.message(message)).join('')
        if (!res.write(text)) await drained(this.#exchange)
      }
      const following = await this.#nextPage(next, call)
      if (!following) break
      page = following
    }
    if (this.#exchange.isStopping) res.write(this.#form.goaway)
  }

  end(): void {
    this.#heartbeat.cancel()
    this.#exchange.res.end()
  }

  /** Undefined when the stream cannot go on: its problem was written. */
  async #nextPage(
    next: (cursor: string) => Promise<ReadOutput>,
    { signal }: Call,
  ): Promise<ReadOutput | undefined> {
    while (!signal.aborted) {
      try {
        return await next(this.#cursor)
      } catch (error) {
        const { res, requestId } = this.#exchange
        const problem = problemOf(error)
        res.write(this.#form.problem(error, requestId))
        if (!(error instanceof MqError)) {
          this.#ports.log.error('stream-failed', { requestId, error: String(error) })
        }
        if (!(error instanceof MqError) || !problem.retryable) return undefined
        await this.#ports.clock.sleep(retryMs, signal).catch(() => {})
      }
    }
    return undefined
  }
}
