// From a request to its operation, and from whatever is thrown there to an answer.
//
// The data plane is one bare router over node's request and response, because all that express
// adds to it costs several times the work of a send; the rest is an express application
// behind it.

import type { IncomingMessage, ServerResponse } from 'node:http'
import express from 'express'
import { failures, MqError } from '../../src/base/errors.ts'
import type { Counted } from '../core/rate-limits.ts'
import { anonymous } from '../identity/authenticator.ts'
import type { Principal } from '../identity/principal.ts'
import { logAccess } from './access-log.ts'
import { type BeforeAnswer, Exchange, type Headers } from './exchange.ts'
import { Gatekeeper } from './gatekeeper.ts'
import { servePage, serveProblem } from './pages.ts'
import type { HttpFrontParts } from './parts.ts'
import type { HttpPorts } from './ports.ts'
import { inTurn } from './refusal-turn.ts'
import { RequestMetrics } from './request-metrics.ts'
import { controlPlane, dataPlane, isAudited, methodsAt, type Route, routeAt } from './routes.ts'

// On the request itself: a weak map costs the collector more than the lookup costs us.
const startKey = Symbol('start')
type Req = IncomingMessage & { [startKey]?: Start }
type Res = ServerResponse
/** A router as it is called without an application around it. */
type BareRouter = (req: Req, res: Res, next: (error?: unknown) => void) => void
type Params = Readonly<Record<string, string>>

/** What is known of a request before it has an operation. */
type Start = {
  readonly requestId: string
  readonly headers: Headers
  readonly startedAt: number
  /** Address of the caller. */
  readonly source: string
  readonly identity: Principal
}

const noParams: Params = {}
const nobody: Principal = { ...anonymous, isAdmin: false }

// Only wildcards make lists, and no route has one.
const texts = (params: Readonly<Record<string, string | string[]>>): Params => params as Params

export class Dispatcher {
  readonly #parts: HttpFrontParts
  readonly #stopping: AbortSignal
  readonly #gatekeeper: Gatekeeper
  readonly #metrics: RequestMetrics
  readonly #ports: HttpPorts
  readonly #router: BareRouter
  readonly #application: (req: Req, res: Res) => void

  constructor(parts: HttpFrontParts, stopping: AbortSignal) {
    const { identity, config, random, metrics, core, admin, clock, log, keys } = parts
    const { audit, tickets, apiKeys } = parts
    this.#parts = parts
    this.#stopping = stopping
    this.#gatekeeper = new Gatekeeper(identity, config, random)
    this.#metrics = new RequestMetrics(metrics)
    const undelivered = metrics.counter(
      'rocketway_http_aborted_receives_total',
      'Messages given back because their receiver had gone before they were flushed',
    )
    const { bodyBytesMax, batchBytesMax } = config
    const limits = { bodyBytesMax, batchBytesMax }
    this.#ports = {
      ...{ core, admin, clock, log, keys, audit, tickets, apiKeys, undelivered },
      ...limits,
    }
    this.#router = this.#dataPlane()
    this.#application = this.#controlPlane()
  }

  handle(req: Req, res: Res): void {
    const startedAt = this.#parts.clock.monotonic()
    const requestId = this.#gatekeeper.requestId(req)
    const source = this.#gatekeeper.addressOf(req)
    // Until it is known who asks it is nobody.
    let start: Start = { requestId, headers: noParams, startedAt, source, identity: nobody }
    try {
      this.#gatekeeper.checkOrigin(req)
      start = { ...start, headers: this.#gatekeeper.corsHeaders(req) }
      if (this.#stopping.aborted) throw new MqError('draining')
      if (this.#serveOpen(req, res, start)) return
      const found = this.#gatekeeper.identify(req, source)
      if (found instanceof Promise) {
        const known = start
        found.then(
          (identity) => this.#dispatch(req, res, { ...known, identity }),
          (error: unknown) => this.#refuse(req, res, known, error),
        )
      } else this.#dispatch(req, res, { ...start, identity: found })
    } catch (error) {
      this.#refuse(req, res, start, error)
    }
  }

  #dispatch(req: Req, res: Res, start: Start): void {
    req[startKey] = start
    this.#router(req, res, (error) => {
      if (error) this.#failUnread(req, res, error)
      else this.#application(req, res)
    })
  }

  /** Before it is known who asks for what. */
  #refuse(req: Req, res: Res, start: Start, error: unknown): void {
    const [path = ''] = (req.url ?? '').split('?', 1)
    const route = routeAt(req.method ?? '', path)
    const params = { path }
    const exchange = this.#exchange(req, res, start, noParams, this.#auditOf(route, params, start))
    this.#fail(exchange, 'none', start.startedAt, error)
  }

  /** What needs no credential: preflights and documents. */
  #serveOpen(req: Req, res: Res, start: Start): boolean {
    if (req.method === 'OPTIONS' && req.headers['access-control-request-method']) {
      const headers = this.#gatekeeper.preflightHeaders(req)
      this.#exchange(req, res, start, noParams).empty(204, headers)
      return true
    }
    if (req.method !== 'GET' && req.method !== 'HEAD') return false
    const [path = ''] = (req.url ?? '').split('?', 1)
    if (path.startsWith('/v1/')) return false
    const problem = /^\/problems\/([\w-]{1,64})$/.exec(path)?.[1]
    if (problem !== undefined) {
      serveProblem(this.#exchange(req, res, start, { name: problem }))
      return true
    }
    return servePage(this.#exchange(req, res, start, noParams), path, this.#parts.pages)
  }

  #dataPlane(): BareRouter {
    const router = express.Router({ caseSensitive: true, strict: true })
    for (const route of dataPlane) {
      router[route.method](route.path, ({ params }, res) =>
        this.#run(route, texts(params), res.req, res),
      )
    }
    // It needs nothing of express's request and response, and gets none of it.
    return router as unknown as BareRouter
  }

  #controlPlane(): (req: Req, res: Res) => void {
    const application = express()
    application.disable('x-powered-by')
    application.disable('etag')
    application.enable('case sensitive routing')
    application.enable('strict routing')
    for (const route of controlPlane) {
      application[route.method](route.path, (req, res) =>
        this.#run(route, texts(req.params), req, res),
      )
    }
    application.use((req, res) => this.#notFound(req, res))
    application.use(
      // express knows a handler of errors by its four parameters.
      (error: unknown, req: Req, res: Res, _next: () => void) => this.#failUnread(req, res, error),
    )
    return application as (req: Req, res: Res) => void
  }

  async #run(route: Route, params: Params, req: Req, res: Res): Promise<void> {
    const { id, run, counted } = route
    const start = this.#startOf(req)
    const exchange = this.#exchange(req, res, start, params, this.#auditOf(route, params, start))
    try {
      const refusal = counted && this.#refusalOf(counted, exchange)
      if (refusal) await refusal
      await run(exchange, this.#ports)
      this.#record(id, res.statusCode, start.startedAt, exchange)
    } catch (error) {
      this.#fail(exchange, id, start.startedAt, error)
    }
  }

  #refusalOf(counted: Counted, exchange: Exchange): Promise<void> | undefined {
    const { core } = this.#parts
    return inTurn(exchange.req.socket, () => core.usedUp?.(counted, exchange.call()))
  }

  #notFound(req: Req, res: Res): void {
    const [path = ''] = (req.url ?? '').split('?', 1)
    const start = this.#startOf(req)
    const methods = methodsAt(path)
    const headers = { ...start.headers, ...(methods.length > 0 && { Allow: methods.join(', ') }) }
    const exchange = this.#exchange(req, res, { ...start, headers }, noParams)
    const failure = methods.length > 0 ? 'method-not-allowed' : 'not-found'
    this.#fail(exchange, 'none', start.startedAt, new MqError(failure))
  }

  /** A path that cannot be decoded. */
  #failUnread(req: Req, res: Res, error: unknown): void {
    const start = this.#startOf(req)
    const isCallers = error instanceof URIError
    const shown = isCallers ? new MqError('invalid-argument', 'the path cannot be decoded') : error
    this.#fail(this.#exchange(req, res, start, noParams), 'none', start.startedAt, shown)
  }

  #fail(exchange: Exchange, operation: string, startedAt: number, error: unknown): void {
    const failure = exchange.problem(error)
    if (failure === 'internal') {
      const stack = error instanceof Error ? error.stack : String(error)
      this.#parts.log.error('request-failed', { requestId: exchange.requestId, operation, stack })
    }
    this.#record(operation, failures[failure].http, startedAt, exchange)
  }

  #record(operation: string, status: number, startedAt: number, exchange: Exchange): void {
    const ms = this.#parts.clock.monotonic() - startedAt
    this.#metrics.record(operation, status, ms)
    if (this.#parts.config.accessLog) logAccess(this.#parts.log, exchange, operation, ms)
  }

  #startOf(req: Req): Start {
    const start = req[startKey]
    if (!start) throw new MqError('internal', 'a request without a start')
    return start
  }

  #exchange(
    req: Req,
    res: Res,
    { requestId, headers, identity, source }: Start,
    params: Params,
    beforeAnswer?: BeforeAnswer,
  ): Exchange {
    const stopping = this.#stopping
    const given = { req, res, requestId, headers, identity, source, params, stopping }
    return new Exchange({ ...given, beforeAnswer })
  }

  /** Writes the row of an administrator's call before the caller has its answer. */
  #auditOf(
    route: Route | undefined,
    target: Params,
    { requestId, identity, source }: Start,
  ): BeforeAnswer | undefined {
    if (!route?.isControl) return undefined
    const { id: operation } = route
    const { subject, namespace } = identity
    return (status, problem, about) => {
      if (!isAudited(route, status)) return
      const row = {
        ...{ subject, namespace, source, requestId, operation, status },
        target: { ...target, ...about },
      }
      this.#parts.audit.record(problem === undefined ? row : { ...row, problem })
    }
  }
}
