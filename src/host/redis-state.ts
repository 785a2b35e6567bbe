// Shared state in Redis. A call that Redis does not answer at once fails: whoever asks decides
// what that means, and nothing waits in a queue for a server that has gone.

import { Redis } from 'ioredis'
import { MqError } from '../base/errors.ts'
import type { Service } from '../base/lifecycle.ts'
import type { Log } from '../base/log.ts'
import type { TransientState } from '../base/transient-state.ts'

const commandMs = 1000
const retryMsMax = 2000

/** The commands that are used; ioredis and ioredis-mock have them. */
export type RedisCommands = Pick<Redis, 'set' | 'get' | 'del' | 'multi' | 'disconnect'>

/** `url` is `redis://[user:password@]host:port/db`, or `rediss:` for TLS. Connects by itself. */
export function connectRedis(url: string, log: Log): RedisCommands {
  const redis = new Redis(url, {
    commandTimeout: commandMs,
    connectTimeout: commandMs,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(times * 100, retryMsMax),
  })
  let isDown = false
  redis.on('error', (error: Error) => {
    if (!isDown) log.warn('redis-lost', { reason: error.message })
    isDown = true
  })
  redis.on('ready', () => {
    if (isDown) log.info('redis-found', {})
    isDown = false
  })
  return redis
}

export class RedisState implements TransientState, Service {
  readonly name = 'redis-state'
  readonly #redis: RedisCommands
  readonly #prefix: string

  constructor(redis: RedisCommands, prefix = 'rocketway:') {
    this.#redis = redis
    this.#prefix = prefix
  }

  start(): void {}

  stop(): void {
    this.#redis.disconnect()
  }

  add(key: string, value: string, ttlMs: number): Promise<boolean> {
    return this.#ask(
      async (redis, at) => (await redis.set(at, value, 'PX', ttlMs, 'NX')) === 'OK',
      key,
    )
  }

  set(key: string, value: string, ttlMs: number): Promise<void> {
    return this.#ask(async (redis, at) => void (await redis.set(at, value, 'PX', ttlMs)), key)
  }

  get(key: string): Promise<string | undefined> {
    return this.#ask(async (redis, at) => (await redis.get(at)) ?? undefined, key)
  }

  remove(key: string): Promise<void> {
    return this.#ask(async (redis, at) => void (await redis.del(at)), key)
  }

  increase(key: string, by: number, ttlMs: number): Promise<number> {
    return this.#ask(async (redis, at) => {
      // Together, so that a counter never stays without an end.
      const steps = redis.multi().set(at, 0, 'PX', ttlMs, 'NX').incrby(at, by)
      const [, added] = (await steps.exec()) ?? []
      return Number(added?.[1])
    }, key)
  }

  async #ask<T>(run: (redis: RedisCommands, at: string) => Promise<T>, key: string): Promise<T> {
    try {
      return await run(this.#redis, this.#prefix + key)
    } catch (cause) {
      throw new MqError('state-unavailable', undefined, {}, { cause })
    }
  }
}
