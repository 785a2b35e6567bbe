// The answer to an append: given at once when the log already is as durable as promised, else
// once, when it is or cannot be.
//
// Source: SendMessageProcessor.handlePutMessageResult, PutMessageStatus.

import { failures } from '../base/errors.ts'
import type { Fields } from '../protocol/field.ts'
import type { Deferred, Outcome, Reply, Responder } from '../remoting/dispatch.ts'
import type { Appended, Appender, DurableStatus, DurableWaiter } from './ports.ts'

/** ResponseCode of an append that is stored but not as durable as asked for. */
const codes: Readonly<Record<DurableStatus, number>> = {
  ok: 0,
  'flush-disk-timeout': failures['not-durable'].remoting,
  'slave-not-available': 11,
  'flush-slave-timeout': 12,
}

/**
 * `reply`, now or when what was appended is durable. Short of that it says so by its code.
 */
export function whenDurable<R extends Fields>(
  appender: Appender,
  appended: Appended,
  reply: Reply<R>,
): Outcome<R> {
  const waiting = new Waiting(reply as Reply)
  return appender.isDurable(appended.endPosition, waiting) ? reply : waiting
}

class Waiting implements Deferred, DurableWaiter {
  readonly #reply: Reply
  #status: DurableStatus | undefined
  #responder: Responder | undefined

  constructor(reply: Reply) {
    this.#reply = reply
  }

  attach(responder: Responder): void {
    this.#responder = responder
    this.#settle()
  }

  release(status: DurableStatus): void {
    this.#status = status
    this.#settle()
  }

  #settle(): void {
    const responder = this.#responder
    if (!responder || this.#status === undefined) return
    this.#responder = undefined
    const code = codes[this.#status]
    responder.reply(code === 0 ? this.#reply : { ...this.#reply, code, remark: this.#status })
  }
}

/** The reply of an outcome, for handlers that have waited for cold bytes already. */
export function replyOf<R extends Fields>(outcome: Outcome<R>): Reply<R> | Promise<Reply<R>> {
  if (!('attach' in outcome)) return outcome
  return new Promise((resolve, reject) => {
    outcome.attach({ closed: false, reply: (reply) => resolve(reply as Reply<R>), fail: reject })
  })
}
