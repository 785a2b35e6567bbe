// grpc.health.v1.Health, by which load balancers find out whether a node takes calls: SERVING
// until the node stops. Anyone may ask. The messages are two fields of one number or text each.
// Source: grpc/health/v1/health.proto.

import type { ServerUnaryCall, ServerWritableStream, sendUnaryData } from '@grpc/grpc-js'
import { Reader, Writer } from 'protobufjs/minimal.js'
import { bytesOf } from './framing.ts'
import type { Front } from './front.ts'

const statuses = { SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const
type Status = keyof typeof statuses

/** '' is the whole server. */
const served = new Set(['', 'apache.rocketmq.v2.MessagingService', 'grpc.health.v1.Health'])

const fieldOne = 1
const lengthDelimited = (fieldOne << 3) | 2
const varint = fieldOne << 3

/** An object, because grpc-js takes an empty text for no request. */
type Asked = { readonly service: string }

function askedOf(bytes: Uint8Array): Asked {
  const reader = Reader.create(bytes)
  let service = ''
  while (reader.pos < reader.len) {
    const tag = reader.uint32()
    if (tag === lengthDelimited) service = reader.string()
    else reader.skipType(tag & 7)
  }
  return { service }
}

const method = (name: string, responseStream: boolean) => ({
  path: `/grpc.health.v1.Health/${name}`,
  requestStream: false,
  responseStream,
  requestSerialize: ({ service }: Asked): Buffer =>
    bytesOf(Writer.create().uint32(lengthDelimited).string(service)),
  requestDeserialize: askedOf,
  responseSerialize: (status: Status): Buffer =>
    bytesOf(Writer.create().uint32(varint).uint32(statuses[status])),
  /** The number. */
  responseDeserialize: (bytes: Uint8Array): number => {
    const reader = Reader.create(bytes)
    if (reader.len === 0) return 0
    reader.uint32()
    return reader.uint32()
  },
})

export const healthService = { Check: method('Check', false), Watch: method('Watch', true) }

type Watcher = ServerWritableStream<Asked, Status>

/** Its watchers, who are told when the node stops. */
export class Health {
  readonly #limit: number
  readonly #watchers = new Set<Watcher>()
  #isStopping = false

  constructor({ config }: Pick<Front, 'config'>) {
    this.#limit = config.sessionCountMax
  }

  /** Says NOT_SERVING to those who watch, and ends their streams. */
  drain(): void {
    this.#isStopping = true
    for (const watcher of this.#watchers) {
      watcher.write(this.#statusOf(watcher.request))
      watcher.end()
    }
    this.#watchers.clear()
  }

  readonly implementation = {
    Check: ({ request }: ServerUnaryCall<Asked, Status>, reply: sendUnaryData<Status>): void =>
      reply(null, this.#statusOf(request)),
    Watch: (watcher: Watcher): void => {
      watcher.write(this.#statusOf(watcher.request))
      if (this.#isStopping || this.#watchers.size >= this.#limit) {
        watcher.end()
        return
      }
      this.#watchers.add(watcher)
      watcher.on('cancelled', () => this.#watchers.delete(watcher))
    },
  }

  #statusOf({ service }: Asked): Status {
    if (!served.has(service)) return 'SERVICE_UNKNOWN'
    return this.#isStopping ? 'NOT_SERVING' : 'SERVING'
  }
}
