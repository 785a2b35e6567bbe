// Puts the use cases together over their ports.

import { MqError } from '../../src/base/errors.ts'
import { ack, deadLetter, extend, nack } from './acknowledge.ts'
import type { Core } from './core.ts'
import { joinGroup } from './members.ts'
import { MessageIds } from './message-ids.ts'
import type { CorePorts } from './ports.ts'
import { groupOffset, pull, queueOffset, setGroupOffset } from './queues.ts'
import { read } from './read.ts'
import { recall } from './recall.ts'
import { receive } from './receive.ts'
import { reply, request } from './request-reply.ts'
import { RouteCache } from './route-cache.ts'
import { send } from './send.ts'
import { sendBatch } from './send-batch.ts'
import { TailWatch } from './tail-watch.ts'
import { createTopic, group, listTopics, topic } from './topics.ts'
import { endTransaction, watchTransactions } from './transactions.ts'
import { Waiters } from './waiters.ts'

/** Every use case over one set of ports. `stop` ends what is held at brokers. */
export function createCore(ports: CorePorts): Core & { stop(): void } {
  const routes = new RouteCache(ports)
  const waiters = new Waiters(ports.limits.waiterCountMax, ports.metrics)
  const tails = new TailWatch(ports)
  const sending = { ports, routes, ids: new MessageIds(ports.random) }
  const receiving = { ports, routes, waiters }
  const reading = { ...receiving, tails }

  return {
    send: (input, call) => send(input, call, sending),
    sendBatch: (inputs, call) => sendBatch(inputs, call, sending),
    recall: (input, call) => recall(input, call, receiving),
    request: (input, timeoutMs, call) => request(input, timeoutMs, call, sending),
    reply: (input) => reply(input, ports),
    endTransaction: (input, call) => endTransaction(input, call, receiving),
    watchTransactions: (topic, call, ask) => watchTransactions(topic, call, ask, ports),
    joinGroup: (input, call, asks) => joinGroup(input, call, asks, ports),
    receive: (input, call) => receive(input, call, receiving),
    ack: (input, call) => ack(input, call, receiving),
    nack: (input, call) => nack(input, call, receiving),
    extend: (input, call) => extend(input, call, receiving),
    deadLetter: (input, call) => deadLetter(input, call, receiving),
    pull: (input, call) => pull(input, call, receiving),
    queueOffset: (input, call) => queueOffset(input, call, receiving),
    groupOffset: (input, call) => groupOffset(input, call, receiving),
    setGroupOffset: (input, call) => setGroupOffset(input, call, receiving),
    read: (input, call) => read(input, call, reading),
    listTopics: (call) => listTopics(call, ports),
    createTopic: (input, call) => createTopic(input, call, ports, routes),
    topic: (name, call) => topic(name, call, ports, routes),
    group: (name, call) => group(name, call, routes),
    ready: async () => {
      try {
        return (await ports.client.masters()).size > 0
      } catch (error) {
        if (error instanceof MqError) return false
        throw error
      }
    },
    stop: () => tails.stop(),
  }
}
