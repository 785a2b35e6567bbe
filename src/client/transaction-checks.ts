// Questions of brokers about transactions that nobody ended: whoever watches a producer group
// is asked about its messages, one watcher for each question, in turn.
// Source: ClientRemotingProcessor.checkTransactionState.

import { printAddress } from '../base/address.ts'
import type { Log } from '../base/log.ts'
import { propertyNames } from '../message/properties.ts'
import { decodeRecord } from '../message/record.ts'
import { checkTransactionState } from '../protocol/requests/transaction.ts'
import { handlerFor } from '../remoting/dispatch.ts'
import type { Presence } from './presence.ts'
import type { Routes } from './routes.ts'
import type { TransactionQuestion } from './types.ts'

type Ask = (question: TransactionQuestion) => void

type Ports = {
  readonly presence: () => Pick<Presence, 'join' | 'leave'>
  readonly routes: () => Pick<Routes, 'masters'>
  readonly log: Log
}

/** Producer groups that are watched at once. */
export class TransactionChecks {
  readonly #ports: Ports
  readonly #watchers = new Map<string, Ask[]>()

  constructor(ports: Ports) {
    this.#ports = ports
  }

  /** Brokers know of it soon; those that cannot be reached now, with a later heartbeat. */
  watch(group: string, ask: Ask): () => void {
    const watchers = this.#watchers.get(group) ?? []
    this.#watchers.set(group, watchers)
    watchers.push(ask)
    if (watchers.length === 1) {
      const presence = this.#ports.presence()
      presence.join(group).catch((error: unknown) => {
        this.#ports.log.warn('producer-not-registered', { group, error: String(error) })
      })
    }
    return () => this.#end(group, ask)
  }

  /** For the handler: `broker` is undefined when the question does not name it. */
  async take(
    question: Omit<TransactionQuestion, 'broker'>,
    broker: string | undefined,
    address: string,
  ): Promise<void> {
    // The one who was asked goes to the end: a question that it leaves open goes to another.
    const watchers = this.#watchers.get(question.producerGroup) ?? []
    const ask = watchers.shift()
    if (ask) watchers.push(ask)
    const name = broker ?? (await this.#brokerAt(address))
    if (ask && name !== undefined) ask({ ...question, broker: name })
    // The broker asks again, perhaps somebody else.
    else this.#ports.log.debug('transaction-question-dropped', { group: question.producerGroup })
  }

  async #brokerAt(address: string): Promise<string | undefined> {
    for (const [name, { addresses }] of await this.#ports.routes().masters()) {
      if (addresses.get(0) === address) return name
    }
    return undefined
  }

  #end(group: string, ask: Ask): void {
    const watchers = this.#watchers.get(group)?.filter((one) => one !== ask) ?? []
    if (watchers.length > 0) {
      this.#watchers.set(group, watchers)
      return
    }
    if (this.#watchers.delete(group)) this.#ports.presence().leave(group)
  }
}

export const onCheckTransaction = handlerFor<{ readonly checks: TransactionChecks }>()(
  checkTransactionState,
  (header, { checks }, { body, peer }) => {
    const message = decodeRecord(body)
    const question = {
      message,
      producerGroup: message.properties.get(propertyNames.producerGroup) ?? '',
      queueOffset: header.tranStateTableOffset,
      position: header.commitLogOffset,
      messageId: header.msgId ?? header.transactionId ?? message.messageId,
    }
    void checks.take(question, header.bname, printAddress(peer.remote))
    return {}
  },
)
