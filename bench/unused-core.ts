// A core of which nothing is expected; questions take it and fill in what they ask for.

import type { Core } from '../gateway/core/core.ts'
import { MqError } from '../src/base/errors.ts'

const unused = async (): Promise<never> => {
  throw new MqError('not-implemented')
}

export const unusedCore: Core = {
  send: unused,
  sendBatch: unused,
  recall: unused,
  request: unused,
  reply: unused,
  endTransaction: unused,
  watchTransactions: () => () => {},
  joinGroup: () => () => {},
  receive: unused,
  ack: unused,
  nack: unused,
  extend: unused,
  deadLetter: unused,
  pull: unused,
  queueOffset: unused,
  groupOffset: unused,
  setGroupOffset: unused,
  read: unused,
  listTopics: unused,
  createTopic: unused,
  topic: unused,
  group: unused,
  ready: async () => true,
}
