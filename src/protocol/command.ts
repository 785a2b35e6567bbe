// One remoting command: a request or a response, whatever its header's serialization.

import type { ExtFields } from './request.ts'

type Serialization = 'json' | 'binary'

export type RemotingCommand = {
  /** Of a request its code, of a response its result. */
  readonly code: number
  /** Java's LanguageCode by name; unknown bytes and names become 'OTHER'. */
  readonly language: string
  /** Ordinal of Java's MQVersion. */
  readonly version: number
  readonly opaque: number
  /** bit 0: response; bit 1: one-way. */
  readonly flag: number
  readonly remark: string | undefined
  readonly ext: ExtFields | undefined
  /** A view of the received bytes; undefined when the frame has no body. */
  readonly body: Uint8Array | undefined
  readonly serialization: Serialization
}

/** All of a command but its body: what the header of a frame holds. */
export type CommandHeader = Omit<RemotingCommand, 'body'> & {
  /** `ext` as JSON already; it counts instead of it. Not for binary headers. */
  readonly extJson?: string | undefined
}

export const responseFlag = 1
export const onewayFlag = 2

/** What we report as our version: V5_5_0. Source: MQVersion, settled.md. */
export const ownVersion = 513

export const isResponse = (command: Pick<RemotingCommand, 'flag'>): boolean =>
  (command.flag & responseFlag) !== 0
export const isOneway = (command: Pick<RemotingCommand, 'flag'>): boolean =>
  (command.flag & onewayFlag) !== 0
