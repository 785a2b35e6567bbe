// What a handler may know of the request beside its header.

import type { Clock } from '../base/clock.ts'
import type { Address } from '../base/network.ts'
import type { RemotingCommand } from '../protocol/command.ts'
import type { Fields, HeaderOf } from '../protocol/field.ts'
import type { Action, ExtFields, RequestSpec } from '../protocol/request.ts'

/** One connection, as handlers know it: a key for registries, and a way to call the client. */
export type Peer = {
  /** Unique in this process for the life of the process. */
  readonly id: number
  readonly remote: Address
  readonly local: Address
  readonly closed: boolean
  /** Sends a request that expects no answer. */
  notify<H extends Fields>(spec: RequestSpec<H>, header: HeaderOf<H>, body?: Uint8Array): void
  /** Sends a request and waits for its answer; rejects with `broker-timeout` or when it closes. */
  call<H extends Fields, R extends Fields>(
    spec: RequestSpec<H, R>,
    header: HeaderOf<H>,
    options: { body?: Uint8Array | undefined; timeoutMs: number },
  ): Promise<RemotingCommand>
  /** Calls `run` once when the connection is gone. */
  onClose(run: () => void): void
}

/** Who has signed a request, and what they may do. */
export type Caller = {
  /** Empty where nobody has signed. */
  readonly name: string
  /** May do everything. */
  readonly isSuper: boolean
  may(action: Action, type: 'topic' | 'group', name: string): boolean
}

export type Call = {
  readonly peer: Peer
  /** The body as it came; empty when there was none. Valid after the turn: it is not reused. */
  readonly body: Uint8Array
  readonly language: string
  readonly version: number
  readonly oneway: boolean
  /** When its bytes came, whole ms by {@link Clock.monotonic}. */
  readonly arrivedMs: number
  /** All header fields, for those few that are not part of a declared header. */
  readonly ext: ExtFields | undefined
  /** Undefined where everybody may do everything. */
  readonly caller?: Caller | undefined
}
