// Message ids as the gRPC clients make them: 34 hex digits, upper case: version 01, six bytes
// of the maker, two of the process, seconds since 2021, a counter.
// Source: MessageIdCodec of the gRPC clients.

import type { Random } from '../../src/base/random.ts'

const epochMs = Date.UTC(2021, 0, 1)

export class MessageIds {
  // The maker has no MAC address to show: eight random bytes tell nodes apart as well.
  readonly #maker: string
  #counter = 0

  constructor(random: Random) {
    this.#maker = `01${Buffer.from(random.bytes(8)).toString('hex').toUpperCase()}`
  }

  next(now: number): string {
    const seconds = Math.floor((now - epochMs) / 1000) >>> 0
    this.#counter = (this.#counter + 1) >>> 0
    return this.#maker + hex8(seconds) + hex8(this.#counter)
  }
}

const hex8 = (value: number): string => value.toString(16).toUpperCase().padStart(8, '0')
