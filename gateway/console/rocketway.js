// @ts-check
// The rocketway client for browsers and for Node 22 and later: one file, no dependencies.
// It speaks the WebSocket subprotocol rocketway.v1.json, or rocketway.v1.bin with `binary`, comes
// back by itself when the connection is lost, resumes readers where they were, brings a new
// token when the old one runs out, and keeps to the server's limits.
//
//   import { connect } from './rocketway.js'
//   const mq = connect({ url: 'ws://localhost:8080/v1/ws' })
//   await mq.publish({ topic: 'orders', body: { json: { id: 7 } } })
//   mq.subscribe({ topic: 'orders', from: 'earliest', onMessage: (message) => show(message) })
//
// The types are in rocketway.d.ts.

/** @import { AnyBody, Body, Check, ConnectOptions, Envelope, Message, Problem, State, SubscribeOptions } from './rocketway.js' */
/**
 * What waits for an answer. `ifLost`: what becomes of it when the connection goes first.
 * @typedef {{
 *   frame: Record<string, unknown>,
 *   ifLost: 'again' | 'fail' | 'forget',
 *   resolve(result: any): void,
 *   reject(error: Error): void,
 * }} Asked
 */

const subprotocols = { text: 'rocketway.v1.json', binary: 'rocketway.v1.bin' }
const firstRetryMs = 250
const lastRetryMs = 15_000
const steadyMs = 5_000
const ackDelayMs = 5
const handlesMax = 256
const queueMax = 10_000

/** What the server, or this client in its place, has to say of a failure. */
export class RocketwayError extends Error {
  /** @param {Problem} problem */
  constructor(problem) {
    super(problem.detail ?? problem.title)
    this.name = 'RocketwayError'
    this.problem = problem
  }
}

/** @param {ConnectOptions} options */
export function connect(options) {
  return new Connection(options)
}

class Connection {
  /** @type {State} */
  state = { name: 'connecting' }
  /** @type {any} */
  #socket
  /** @type {Map<string, Subscription>} */
  #subscriptions = new Map()
  /** @type {Asked[]} */
  #queue = []
  /** Who says how transactions of a topic end. @type {Map<string, Check>} */
  #checks = new Map()
  /** @type {Map<number, Asked>} */
  #asked = new Map()
  #limits = { opsPerSecond: 100, pending: 256 }
  #ids = 0
  #sids = 0
  #attempts = 0
  #openedAt = 0
  #tokens = 0
  #filledAt = 0
  #isHeard = true
  #isLeaving = false
  /** @type {any} */ #flushTimer
  /** @type {any} */ #retryTimer
  /** @type {any} */ #pingTimer

  /** @param {ConnectOptions} options */
  constructor(options) {
    this.options = options
    this.#open()
  }

  /** @param {Envelope & { topic: string }} message */
  publish(message) {
    // Only what carries an idempotency key may be sent twice.
    const ifLost = message.idempotencyKey === undefined ? 'fail' : 'again'
    return this.ask({ op: 'pub', ...message }, ifLost)
  }

  /** @param {Message} message @param {AnyBody} body */
  async reply({ replyHandle }, body) {
    await this.ask({ op: 'reply', handle: replyHandle, body }, 'fail')
  }

  /** @param {string} transactionId @param {'commit' | 'rollback'} resolution */
  async endTransaction(transactionId, resolution) {
    await this.ask({ op: 'tx', handle: transactionId, resolution }, 'fail')
  }

  /** @param {string} topic @param {Check} check */
  async onTransactionCheck(topic, check) {
    this.#checks.set(topic, check)
    await this.ask({ op: 'txWatch', topic }, 'again')
  }

  /** @param {SubscribeOptions} options */
  subscribe(options) {
    const subscription = new Subscription(`s${++this.#sids}`, options, this)
    this.#subscriptions.set(subscription.sid, subscription)
    if (this.state.name === 'open') this.#send(subscription.frame())
    return subscription
  }

  /** Acknowledges what is to be acknowledged and closes for good. */
  close() {
    if (this.state.name === 'closed') return
    if (this.state.name === 'open') {
      for (let frame = this.#nextSettle(); frame; frame = this.#nextSettle()) this.#send(frame)
    }
    const socket = this.#socket
    // What it still says concerns nobody.
    this.#socket = undefined
    this.#end({ name: 'closed', code: 1000, reason: '' })
    socket?.close(1000)
  }

  /**
   * Sends a frame as soon as the limits allow and waits for its answer.
   * @param {Record<string, unknown>} frame
   * @param {'again' | 'fail'} ifLost
   * @returns {Promise<any>}
   */
  ask(frame, ifLost) {
    if (this.state.name === 'closed') return Promise.reject(failure('closed', 'not-stored'))
    if (this.#queue.length >= queueMax) return Promise.reject(failure('queue full', 'not-stored'))
    return new Promise((resolve, reject) => {
      this.#queue.push({ frame, ifLost, resolve, reject })
      this.flush()
    })
  }

  /**
   * An `ack` frame whose results go to `done`. It is not sent again: the subscription knows
   * better what is still to be acknowledged.
   * @param {string} sid
   * @param {string[]} handles
   * @param {(results: { index: number, problem: Problem }[], error?: Error) => void} done
   */
  ackFrame(sid, handles, done) {
    const id = ++this.#ids
    const frame = { op: 'ack', sid, id, handle: handles }
    const resolve = (/** @type {any} */ { results = [] }) => done(results)
    const reject = (/** @type {Error} */ error) => done([], error)
    this.#asked.set(id, { frame, ifLost: 'forget', resolve, reject })
    return frame
  }

  /** @param {string} sid */
  forget(sid) {
    if (!this.#subscriptions.delete(sid) || this.state.name !== 'open') return
    this.#send({ op: 'unsub', sid })
  }

  /** Sends what waits, as far as the server's limits allow. */
  flush(delayMs = 0) {
    if (this.state.name !== 'open') return
    if (delayMs > 0) {
      this.#flushTimer ??= setTimeout(() => this.#flushNow(), delayMs)
      return
    }
    this.#flushNow()
  }

  #flushNow() {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    if (this.state.name !== 'open') return
    const { opsPerSecond, pending } = this.#limits
    const now = performance.now()
    const gained = ((now - this.#filledAt) * opsPerSecond) / 1000
    this.#tokens = Math.min(opsPerSecond, this.#tokens + gained)
    this.#filledAt = now
    while (this.#tokens >= 1) {
      const frame = this.#nextSettle()
      const mayAsk = !frame && !this.#isLeaving && this.#asked.size < pending
      const asked = mayAsk ? this.#queue.shift() : undefined
      if (frame) this.#send(frame)
      else if (asked) {
        const id = ++this.#ids
        this.#asked.set(id, asked)
        this.#send({ ...asked.frame, id })
      } else return
    }
    this.#flushTimer = setTimeout(() => this.#flushNow(), Math.ceil(1000 / opsPerSecond))
  }

  #nextSettle() {
    for (const subscription of this.#subscriptions.values()) {
      const frame = subscription.settle()
      if (frame) return frame
    }
    return undefined
  }

  /** @param {object} frame */
  #send(frame) {
    this.#tokens--
    this.#socket.send(this.options.binary ? packed(frame) : printed(frame))
  }

  #open() {
    this.#become({ name: 'connecting' })
    const { url, binary, WebSocket = globalThis.WebSocket } = this.options
    const socket = new WebSocket(String(url), subprotocols[binary ? 'binary' : 'text'])
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    socket.onopen = () => void this.#hello(socket)
    socket.onmessage = (/** @type {{ data: unknown }} */ { data }) => {
      if (socket === this.#socket) this.#take(read(data))
    }
    socket.onclose = (/** @type {{ code: number, reason: string }} */ { code, reason }) => {
      if (socket === this.#socket) this.#lost(code, reason)
    }
    // 'close' follows and says more.
    socket.onerror = () => {}
  }

  /** @param {any} socket */
  async #hello(socket) {
    const { token, client = 'rocketway.js' } = this.options
    try {
      const value = typeof token === 'function' ? await token() : token
      if (socket === this.#socket)
        this.#send({ op: 'hello', client, ...(value && { token: value }) })
    } catch {
      socket.close(4000, 'no token')
    }
  }

  /** @param {any} frame */
  #take(frame) {
    this.#isHeard = true
    if (frame.op === 'msg') this.#subscriptions.get(frame.sid)?.take(frame)
    else if (frame.op === 'ok') this.#answer(frame.id, (asked) => asked.resolve(frame.result))
    else if (frame.op === 'err') this.#failed(frame)
    else if (frame.op === 'welcome') this.#welcome(frame)
    else if (frame.op === 'subState') this.#subscriptions.get(frame.sid)?.tell(frame)
    else if (frame.op === 'handle') this.#subscriptions.get(frame.sid)?.renew(frame)
    else if (frame.op === 'goaway') this.#leave()
    else if (frame.op === 'txCheck') void this.#check(frame)
    else if (frame.op === 'tokenExpiring') void this.#renewToken()
  }

  /** What is left open is asked again, perhaps somebody else. @param {any} frame */
  async #check({ handle, message }) {
    try {
      const resolution = await this.#checks.get(message.topic)?.(message)
      if (resolution) await this.endTransaction(handle, resolution)
    } catch {}
  }

  /** Without a new one the server closes, and the next connection asks again. */
  async #renewToken() {
    const { token } = this.options
    if (typeof token !== 'function') return
    try {
      const value = await token()
      if (value) await this.ask({ op: 'auth', token: value }, 'fail')
    } catch {}
  }

  /** @param {any} welcome */
  #welcome({ limits, pingEveryMs, session, server }) {
    // A little less than allowed: two clocks never agree.
    this.#limits = { ...limits, opsPerSecond: limits.opsPerSecond * 0.9 }
    this.#tokens = this.#limits.opsPerSecond - 2
    this.#filledAt = this.#openedAt = performance.now()
    this.#isHeard = true
    this.#pingTimer = setInterval(() => this.#ping(), pingEveryMs)
    this.#become({ name: 'open', session, server })
    for (const topic of this.#checks.keys()) this.#send({ op: 'txWatch', topic })
    for (const subscription of this.#subscriptions.values()) this.#send(subscription.frame())
    this.flush()
  }

  /** @param {{ id?: number, sid?: string, problem: Problem }} frame */
  #failed({ id, sid, problem }) {
    const error = new RocketwayError(problem)
    if (id !== undefined && this.#answer(id, (asked) => asked.reject(error))) return
    const subscription = sid === undefined ? undefined : this.#subscriptions.get(sid)
    if (!subscription) return
    if (!problem.retryable) this.#subscriptions.delete(subscription.sid)
    subscription.fail(problem)
  }

  /** @param {number} id @param {(asked: Asked) => void} settle */
  #answer(id, settle) {
    const asked = this.#asked.get(id)
    if (!asked) return false
    this.#asked.delete(id)
    settle(asked)
    if (this.#isLeaving && this.#asked.size === 0) this.#socket.close(1000, 'goaway')
    else if (this.#queue.length > 0) this.flush()
    return true
  }

  /** The node stops: wait for the answers that are due, then find another. */
  #leave() {
    this.#isLeaving = true
    this.#flushNow()
    if (this.#asked.size === 0) this.#socket.close(1000, 'goaway')
  }

  /** A connection that answers nothing at all is gone, whatever the network says. */
  #ping() {
    if (!this.#isHeard) {
      const socket = this.#socket
      this.#lost(4504, 'no answer')
      socket.close()
      return
    }
    this.#isHeard = false
    this.#send({ op: 'ping' })
  }

  /** @param {number} code @param {string} reason */
  #lost(code, reason) {
    this.#socket = undefined
    this.#isLeaving = false
    this.#stopTimers()
    const unanswered = [...this.#asked.values()]
    this.#asked.clear()
    this.#queue.unshift(...unanswered.filter(({ ifLost }) => ifLost === 'again'))
    for (const { ifLost, reject } of unanswered) {
      if (ifLost === 'fail') reject(failure('the connection was lost before the answer', 'unknown'))
    }
    for (const subscription of this.#subscriptions.values()) subscription.lost()
    // 44xx: nothing will be better next time.
    if (code >= 4400 && code < 4500) return this.#end({ name: 'closed', code, reason })
    if (this.#openedAt > 0 && performance.now() - this.#openedAt > steadyMs) this.#attempts = 0
    this.#openedAt = 0
    const ceiling = Math.min(lastRetryMs, firstRetryMs * 2 ** this.#attempts++)
    const asks = Number(/retryAfterMs=(\d+)/.exec(reason)?.[1] ?? 0)
    const retryInMs = Math.round(asks + ceiling * (0.5 + Math.random() / 2))
    this.#become({ name: 'waiting', code, reason, retryInMs })
    this.#retryTimer = setTimeout(() => this.#open(), retryInMs)
  }

  /** @param {State} state */
  #end(state) {
    this.#stopTimers()
    clearTimeout(this.#retryTimer)
    const open = [...this.#asked.values(), ...this.#queue]
    this.#asked.clear()
    this.#queue = []
    for (const { reject } of open) reject(failure('the connection was closed', 'unknown'))
    this.#become(state)
  }

  #stopTimers() {
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    clearInterval(this.#pingTimer)
  }

  /** @param {State} state */
  #become(state) {
    this.state = state
    this.options.onState?.(state)
  }
}

class Subscription {
  /** @type {Set<string>} */
  #acks = new Set()
  /** @type {Map<string, { resolve(): void, reject(error: Error): void, promise: Promise<void> }>} */
  #waiting = new Map()
  /** Messages whose handles may change. @type {Map<string, Message>} */
  #held = new Map()
  #credit
  /** Messages whose handlers run. */
  #running = 0
  /** Credit to give back. */
  #used = 0
  #from
  #isPaused = false

  /** @param {string} sid @param {SubscribeOptions} options @param {Connection} connection */
  constructor(sid, options, connection) {
    this.sid = sid
    this.options = options
    this.connection = connection
    this.#credit = options.credit ?? (options.group === undefined ? 256 : 32)
    const { from = 'latest' } = options
    this.#from = typeof from === 'string' ? { at: from } : from
  }

  /** Where a reader is: pass it as `from` to go on another time. */
  get cursor() {
    return 'cursor' in this.#from ? this.#from.cursor : undefined
  }

  /** @param {Message} message */
  ack(message) {
    const { handle = '' } = message
    const known = this.#waiting.get(handle)
    if (known) return known.promise
    /** @type {any} */
    const waiting = {}
    waiting.promise = new Promise((resolve, reject) => Object.assign(waiting, { resolve, reject }))
    // Who does not look at the result is not to be killed by it.
    waiting.promise.catch(() => {})
    this.#waiting.set(handle, waiting)
    this.#held.delete(handle)
    this.#acks.add(handle)
    this.connection.flush(ackDelayMs)
    return waiting.promise
  }

  /** @param {Message} message @param {string} [delay] */
  async nack({ handle = '' }, delay) {
    this.#held.delete(handle)
    await this.connection.ask(
      { op: 'nack', sid: this.sid, handle, ...(delay && { delay }) },
      'again',
    )
  }

  /** @param {Message} message */
  async deadLetter({ handle = '' }) {
    this.#held.delete(handle)
    await this.connection.ask({ op: 'dlq', sid: this.sid, handle }, 'fail')
  }

  /** @param {Message} message @param {string} invisible */
  async extend(message, invisible) {
    const { handle = '' } = message
    this.#held.set(handle, message)
    try {
      await this.connection.ask({ op: 'extend', sid: this.sid, handle, invisible }, 'again')
    } finally {
      if (!this.options.autoExtend) this.#held.delete(message.handle ?? '')
    }
  }

  pause() {
    this.#isPaused = true
    return this.connection.ask({ op: 'pause', sid: this.sid }, 'again')
  }

  resume() {
    this.#isPaused = false
    this.connection.flush()
    return this.connection.ask({ op: 'resume', sid: this.sid }, 'again')
  }

  close() {
    this.connection.forget(this.sid)
  }

  /** The `sub` frame, for this and every later connection. */
  frame() {
    const { topic, group, filter, invisible, maxInFlight, autoExtend, onClose } = this.options
    const isGroup = group !== undefined
    const credit = Math.max(0, this.#credit - this.#running)
    // A paused one comes back without credit; `resume` gives what is owed.
    this.#used = this.#isPaused ? credit : 0
    return {
      op: 'sub',
      sid: this.sid,
      topic,
      credit: this.#isPaused ? 0 : credit,
      ...(filter && { filter }),
      ...(isGroup ? { group, invisible, maxInFlight, autoExtend, onClose } : { from: this.#from }),
    }
  }

  /** @param {any} frame */
  take({ op: _op, sid: _sid, left: _left, ...message }) {
    if (message.cursor !== undefined) this.#from = { cursor: message.cursor }
    if (this.options.autoExtend) this.#held.set(message.handle, message)
    this.#running++
    const done = () => {
      this.#running--
      this.#used++
      if (this.#used * 2 >= this.#credit) this.connection.flush()
    }
    /** @type {unknown} */
    let result
    try {
      result = this.options.onMessage(message, this)
    } finally {
      // Whoever returns a promise is given no more than it can handle.
      if (result instanceof Promise) result.then(done, done)
      else done()
    }
  }

  /** @param {any} frame */
  tell({ state, cursor, lag }) {
    if (cursor !== undefined) this.#from = { cursor }
    this.options.onState?.(state, lag)
  }

  /** @param {any} frame */
  renew({ old, handle, invisibleUntil }) {
    const message = this.#held.get(old)
    if (!message) return
    this.#held.delete(old)
    this.#held.set(handle, Object.assign(message, { handle, invisibleUntil }))
  }

  /** @param {Problem} problem */
  fail(problem) {
    this.options.onError?.(new RocketwayError(problem))
  }

  /** The next frame that settles something: acknowledgements first, then credit. */
  settle() {
    if (this.#acks.size > 0) return this.#ackFrame()
    if (this.#used * 2 < this.#credit || this.#isPaused) return undefined
    const n = this.#used
    this.#used = 0
    return { op: 'credit', sid: this.sid, n }
  }

  /** The answers to acks that were under way are lost: they are good twice. */
  lost() {
    for (const handle of this.#waiting.keys()) this.#acks.add(handle)
  }

  #ackFrame() {
    const handles = [...this.#acks].slice(0, handlesMax)
    for (const handle of handles) this.#acks.delete(handle)
    return this.connection.ackFrame(this.sid, handles, (results, error) => {
      for (const [index, handle] of handles.entries()) {
        const waiting = this.#waiting.get(handle)
        this.#waiting.delete(handle)
        const failed = error ?? results.find((one) => one.index === index)?.problem
        if (failed) waiting?.reject(failed instanceof Error ? failed : new RocketwayError(failed))
        else waiting?.resolve()
      }
    })
  }
}

/** A text frame. @param {any} frame */
function printed({ body, ...rest }) {
  return JSON.stringify(body === undefined ? rest : { ...rest, body: bodyOf(body) })
}

/** A binary frame: length of the header, header, body. @param {any} frame */
function packed({ body, ...rest }) {
  const { bytes, contentType } = body === undefined ? nothing : contentOf(body)
  const header = encode(JSON.stringify({ ...(contentType && { contentType }), ...rest }))
  const frame = new Uint8Array(4 + header.length + bytes.length)
  new DataView(frame.buffer).setUint32(0, header.length)
  frame.set(header, 4)
  frame.set(bytes, 4 + header.length)
  return frame
}

/** @param {any} data */
function read(data) {
  if (typeof data === 'string') return JSON.parse(data)
  const bodyAt = 4 + new DataView(data).getUint32(0)
  const frame = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, bodyAt - 4)))
  const body = { bytes: new Uint8Array(data, bodyAt) }
  if (frame.op === 'msg') frame.body = body
  else if (frame.op === 'txCheck') frame.message.body = body
  return frame
}

/** @param {AnyBody} body @returns {Body} */
function bodyOf(body) {
  if (typeof body === 'string') return { text: body }
  if (!(body instanceof Uint8Array)) return body
  let text = ''
  for (const byte of body) text += String.fromCharCode(byte)
  return { base64: btoa(text) }
}

/** @param {AnyBody} body @returns {{ bytes: Uint8Array, contentType?: string }} */
function contentOf(body) {
  if (body instanceof Uint8Array) return { bytes: body }
  const form = bodyOf(body)
  if ('text' in form) {
    return { bytes: encode(form.text), contentType: 'text/plain;charset=utf-8' }
  }
  if ('json' in form) {
    return { bytes: encode(JSON.stringify(form.json)), contentType: 'application/json' }
  }
  return { bytes: Uint8Array.from(atob(form.base64), (char) => char.charCodeAt(0)) }
}

/** @type {{ bytes: Uint8Array, contentType?: string }} */
const nothing = { bytes: new Uint8Array() }

/** @param {string} text */
const encode = (text) => new TextEncoder().encode(text)

/** @param {string} detail @param {'not-stored' | 'unknown'} outcome */
function failure(detail, outcome) {
  const title = 'the gateway cannot be reached'
  const type = '/problems/broker-unavailable'
  return new RocketwayError({
    type,
    title,
    status: 503,
    code: 50001,
    retryable: true,
    detail,
    outcome,
  })
}
