// Runs requests: code → handler → answer. Every request that wants an answer gets exactly one.
//
//   an MqError            its remoting code; the remark is its message and detail
//   anything else thrown  SYSTEM_ERROR, and a stack in the log: that is a bug of ours
//   an unknown code       REQUEST_CODE_NOT_SUPPORTED, with Apache's remark
//
// Requests that wait for their answers hold their bytes in memory: beyond a sum of all connections
// new ones are refused as SYSTEM_BUSY, as they are beyond the count that one connection may have.
//
// Steps that cut across handlers (who may, how many, how long) are hooks, run in order.
// Source: NettyRemotingAbstract.processRequestCommand

import { assert } from '../base/assert.ts'
import { failures, MqError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import {
  type CommandHeader,
  isOneway,
  ownVersion,
  type RemotingCommand,
  responseFlag,
} from '../protocol/command.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { Body } from '../protocol/frame-writer.ts'
import { ownLanguage } from '../protocol/language.ts'
import type { ExtFields, RequestSpec } from '../protocol/request.ts'
import type { Call, Caller } from './call.ts'
import type { Connection } from './connection.ts'
import type { Handler, Outcome, Reply, Responder } from './dispatch.ts'

/** A step that every request takes. */
export type Hook = {
  /**
   * As soon as the request is there, its header not yet read; `spec` is undefined for a request
   * that is not served. Gives who asks, if that counts; throws to refuse the request.
   */
  admit?(spec: RequestSpec | undefined, call: Call): Caller | undefined
  /** Before the handler; throws to refuse the request. */
  before?(spec: RequestSpec, header: HeaderOf<Fields>, call: Call): void
  /** Before the answer of a request that failed. */
  refused?(spec: RequestSpec, error: unknown): void
  /** After the answer, whose code it is told. */
  after?(spec: RequestSpec, code: number, call: Call): void
}

type AnyReply = Reply<Fields>

const noBody = new Uint8Array(0)

/** Bytes of bodies whose requests wait for their answers, all connections together. */
const waitingBytesDefault = 512 * 1024 * 1024

export class Dispatcher<P> {
  readonly #handlers: ReadonlyMap<number, Handler<P>>
  readonly #ports: P
  readonly #log: Log
  readonly #hooks: readonly Hook[]
  readonly #waitingBytesMax: number
  #waitingBytes = 0

  constructor(
    handlers: readonly Handler<P>[],
    ports: P,
    options: {
      readonly log: Log
      readonly hooks?: readonly Hook[]
      readonly waitingBytesMax?: number
    },
  ) {
    this.#handlers = new Map(handlers.map((handler) => [handler.spec.code, handler]))
    assert(this.#handlers.size === handlers.length, 'one handler per request')
    this.#ports = ports
    this.#log = options.log
    this.#hooks = options.hooks ?? []
    this.#waitingBytesMax = options.waitingBytesMax ?? waitingBytesDefault
  }

  /** Answers now, or later, or (one-way) never. Throws nothing. */
  dispatch(connection: Connection, request: RemotingCommand): void {
    const handler = this.#handlers.get(request.code)
    if (handler === undefined) this.#refuse(connection, request)
    else this.#run(handler, connection, request)
  }

  /** Who may ask nothing is not told what there is. */
  #refuse(connection: Connection, request: RemotingCommand): void {
    try {
      this.#admitted(undefined, callOf(connection, request))
    } catch (error) {
      if (!isOneway(request)) {
        const { code, remark } = this.describe(undefined, error)
        connection.send(responseTo(request, code, remark, undefined))
      }
      return
    }
    notSupported(connection, request)
  }

  #admitted(spec: RequestSpec | undefined, call: Call): Call {
    let admitted = call
    for (const hook of this.#hooks) {
      const caller = hook.admit?.(spec, admitted)
      if (caller !== undefined) admitted = { ...admitted, caller }
    }
    return admitted
  }

  #run(handler: Handler<P>, connection: Connection, request: RemotingCommand): void {
    const call = callOf(connection, request)
    const answer = new Answer(this, handler.spec, connection, request, call)
    try {
      if (connection.isFull) {
        const detail = { resource: 'client' }
        throw new MqError('broker-busy', 'too many requests of this client wait', detail)
      }
      if (this.#waitingBytes > this.#waitingBytesMax) {
        throw new MqError('broker-busy', 'too many requests wait', { resource: 'memory' })
      }
      const admitted = this.#admitted(handler.spec, call)
      const header = handler.spec.parseHeader(request.ext)
      for (const hook of this.#hooks) hook.before?.(handler.spec, header, admitted)
      answer.await(handler.run(header, this.#ports, admitted))
    } catch (error) {
      answer.fail(error)
    }
  }

  /** For Answer: so many bytes wait more, or less. */
  waiting(bytes: number): void {
    this.#waitingBytes += bytes
  }

  /** For Answer: what the failure of a request is to its peer. */
  describe(spec: RequestSpec | undefined, error: unknown): { code: number; remark: string } {
    if (spec) for (const hook of this.#hooks) hook.refused?.(spec, error)
    if (error instanceof MqError) {
      return { code: failures[error.failure].remoting, remark: remarkOf(error) }
    }
    const stack = error instanceof Error ? error.stack : String(error)
    this.#log.error('request-failed', { request: spec?.name, stack })
    return { code: failures.internal.remoting, remark: failures.internal.title }
  }

  /** For Answer: tells the hooks. */
  answered(spec: RequestSpec, code: number, call: Call): void {
    for (const hook of this.#hooks) hook.after?.(spec, code, call)
  }
}

const callOf = (connection: Connection, request: RemotingCommand): Call => ({
  peer: connection,
  body: request.body ?? noBody,
  language: request.language,
  version: request.version,
  oneway: isOneway(request),
  arrivedMs: connection.activeMs,
  ext: request.ext,
})

/** The one answer of one request. Also the Responder of an answer that comes later. */
class Answer implements Responder {
  readonly #dispatcher: Pick<Dispatcher<unknown>, 'describe' | 'answered' | 'waiting'>
  readonly #spec: RequestSpec
  readonly #connection: Connection
  readonly #request: RemotingCommand
  readonly #call: Call
  #waits = false
  #isDone = false

  constructor(
    dispatcher: Pick<Dispatcher<unknown>, 'describe' | 'answered' | 'waiting'>,
    spec: RequestSpec,
    connection: Connection,
    request: RemotingCommand,
    call: Call,
  ) {
    this.#dispatcher = dispatcher
    this.#spec = spec
    this.#connection = connection
    this.#request = request
    this.#call = call
  }

  get closed(): boolean {
    return this.#connection.closed
  }

  await(outcome: Outcome<Fields>): void {
    if (outcome instanceof Promise) {
      this.#startWaiting()
      outcome.then(
        (reply) => this.reply(reply),
        (error: unknown) => this.fail(error),
      )
    } else if ('attach' in outcome) {
      this.#startWaiting()
      outcome.attach(this)
    } else this.reply(outcome)
  }

  reply(reply: AnyReply): void {
    try {
      this.#send(reply.code ?? 0, reply.remark, reply.header, reply.body)
    } catch (error) {
      if (this.#isDone) throw error
      this.fail(error)
    }
  }

  fail(error: unknown): void {
    const { code, remark } = this.#dispatcher.describe(this.#spec, error)
    this.#send(code, remark, undefined, undefined)
  }

  /** From here on the request counts against its connection's limit, until it is answered. */
  #startWaiting(): void {
    this.#waits = true
    this.#connection.unanswered += 1
    this.#dispatcher.waiting(this.#call.body.length)
  }

  #send(
    code: number,
    remark: string | undefined,
    header: HeaderOf<Fields> | undefined,
    body: Body,
  ): void {
    assert(!this.#isDone, 'one answer per request')
    if (!this.#call.oneway) {
      this.#connection.send(this.#response(code, remark, header), body)
    }
    this.#isDone = true
    if (this.#waits) {
      this.#connection.unanswered -= 1
      this.#dispatcher.waiting(-this.#call.body.length)
    }
    this.#dispatcher.answered(this.#spec, code, this.#call)
  }

  /** Java clients read a reply's fields whatever they are, so there is at least `{}`. */
  #response(
    code: number,
    remark: string | undefined,
    header: HeaderOf<Fields> | undefined,
  ): CommandHeader {
    const { printReply, printReplyJson } = this.#spec
    if (header === undefined) return responseTo(this.#request, code, remark, emptyExt)
    if (printReplyJson !== undefined && this.#request.serialization === 'json') {
      return responseTo(this.#request, code, remark, undefined, printReplyJson(header))
    }
    return responseTo(this.#request, code, remark, printReply(header))
  }
}

const emptyExt: ExtFields = Object.freeze(Object.create(null))

function responseTo(
  request: RemotingCommand,
  code: number,
  remark: string | undefined,
  ext: ExtFields | undefined,
  extJson?: string,
): CommandHeader {
  return {
    code,
    language: ownLanguage,
    version: ownVersion,
    opaque: request.opaque,
    flag: responseFlag,
    remark,
    ext,
    extJson,
    serialization: request.serialization,
  }
}

function notSupported(connection: Connection, request: RemotingCommand): void {
  if (isOneway(request)) return
  const remark = ` request type ${request.code} not supported`
  const code = failures['not-implemented'].remoting
  connection.send(responseTo(request, code, remark, undefined))
}

/** `message (name=value, …)` */
function remarkOf(error: MqError): string {
  const detail = Object.entries(error.detail).map(([name, value]) => `${name}=${value}`)
  return detail.length === 0 ? error.message : `${error.message} (${detail.join(', ')})`
}
