// What is on the socket: one of three forms, which the client chooses by subprotocol.
//
//   rocketway.v1.json   text frames, one JSON object each
//   rocketway.v1.bin    binary frames: u32be length of the header, header (the same JSON without
//                       the message's body), body as it is
//   cloudevents.json    text frames, one event each, from here to the client only
//
// Source of the last: CloudEvents 1.0.2, WebSockets protocol binding.

import { isUtf8 } from 'node:buffer'
import { MqError } from '../../src/base/errors.ts'
import { printCloudEvent } from '../core/cloud-events.ts'
import type { Read, Received, TransactionCheck } from '../core/core.ts'
import { malformed } from '../core/envelope.ts'
import { membersAndBody, messageMembers } from '../core/message-json.ts'
import { type Envelope, readFrame } from './frames.ts'

/** A text frame or a binary one. */
export type Frame = string | Uint8Array

/** The server's frames but `msg` and `txCheck`: few and small, the same in both forms. */
export type ControlOp =
  | 'welcome'
  | 'ok'
  | 'err'
  | 'handle'
  | 'subState'
  | 'tokenExpiring'
  | 'goaway'
  | 'pong'

export type Format = {
  readonly subprotocol: string
  /**
   * A client's frame. Throws `unsupported-media-type` for the wrong kind of frame and
   * `malformed-body` for what is no frame at all.
   */
  read(data: Buffer, isBinary: boolean): Envelope
  /** A message for subscription `sid`; `left` is the credit after it. */
  message(sid: string, message: Received | Read, left: number): Frame
  /** Undefined where the form has no such frame. */
  check(check: TransactionCheck): Frame | undefined
  control(op: ControlOp, members: object): Frame | undefined
}

const lengthBytes = 4

const json: Format = {
  subprotocol: 'rocketway.v1.json',
  read(data, isBinary) {
    if (isBinary) throw new MqError('unsupported-media-type', 'there are text frames only')
    return readFrame(data.toString('utf8'))
  },
  message: (sid, message, left) =>
    `{"op":"msg","sid":"${sid}","left":${left},${messageMembers(message)}}`,
  check: ({ transactionId, message }) =>
    `{"op":"txCheck","handle":${JSON.stringify(transactionId)},"message":{${messageMembers(message)}}}`,
  control: (op, members) => JSON.stringify({ op, ...members }),
}

const binary: Format = {
  subprotocol: 'rocketway.v1.bin',
  read(data, isBinary) {
    if (!isBinary) throw new MqError('unsupported-media-type', 'there are binary frames only')
    if (data.length < lengthBytes) malformed('', 'the frame has no header')
    const bodyAt = lengthBytes + data.readUInt32BE(0)
    if (bodyAt > data.length) malformed('', 'the header is longer than the frame')
    const header = data.subarray(lengthBytes, bodyAt)
    if (!isUtf8(header)) malformed('', 'the header is not UTF-8')
    return readFrame(header.toString('utf8'), data.subarray(bodyAt))
  },
  message(sid, message, left) {
    const { members, body } = membersAndBody(message)
    return packed(`{"op":"msg","sid":"${sid}","left":${left},${members}}`, body)
  },
  check({ transactionId, message }) {
    const { members, body } = membersAndBody(message)
    const handle = JSON.stringify(transactionId)
    return packed(`{"op":"txCheck","handle":${handle},"message":{${members}}}`, body)
  },
  control: (op, members) => packed(JSON.stringify({ op, ...members }), nothing),
}

const cloudEvents: Format = {
  subprotocol: 'cloudevents.json',
  read() {
    throw new MqError('unsupported-media-type', 'nothing is taken here: there are events only')
  },
  message: (_, message) => {
    const event = printCloudEvent(message)
    if (!('cursor' in message)) return event
    return `${event.slice(0, -1)},"${cursorAttribute}":"${message.cursor}"}`
  },
  check: () => undefined,
  control: () => undefined,
}

/** Resumes behind the event, as `?cursor=`. */
const cursorAttribute = 'rocketwaycursor'

const nothing = new Uint8Array(0)

/** A binary frame; the header is measured first so that nothing is copied twice. */
function packed(header: string, body: Uint8Array): Uint8Array {
  const headerBytes = Buffer.byteLength(header)
  const frame = Buffer.allocUnsafe(lengthBytes + headerBytes + body.length)
  frame.writeUInt32BE(headerBytes, 0)
  frame.write(header, lengthBytes, 'utf8')
  frame.set(body, lengthBytes + headerBytes)
  return frame
}

/** In the order in which they are chosen when a client offers several. */
export const formats: readonly Format[] = [json, binary, cloudEvents]

/** Whether the form carries one reader's events and nothing else. */
export const isEventsOnly = (format: Format): boolean => format === cloudEvents
