// The message itself, as the parts of the program hand it on. Bytes are in record.ts.

/** An ip and port as records hold them: 4 or 16 address bytes and an i32 port, big-endian. */
export type HostBytes = Uint8Array

/** What is appended: everything of a record that the store does not assign itself. */
export type OutgoingMessage = {
  topic: string
  queueId: number
  /** The user's flag. */
  flag: number
  /** See flags.ts; the address-family bits are set by the encoder from the hosts. */
  sysFlag: number
  /** ms since 1970, by the producer's clock. */
  bornTimestamp: number
  bornHost: HostBytes
  storeHost: HostBytes
  reconsumeTimes: number
  /** Position of the half message that this record commits; 0 otherwise. */
  preparedPosition: number
  body: Uint8Array
  /** `name 0x01 value 0x02` repeated, as properties.ts prints it. */
  properties: string
}

/** A client batch: `body` is the concatenation of entries that batch.ts describes. */
export type OutgoingBatch = OutgoingMessage

/** A decoded record. Source: MessageExt, MessageDecoder. */
export type Message = {
  readonly topic: string
  readonly queueId: number
  /** Counts messages in the queue. */
  readonly queueOffset: number
  /** Counts bytes in the commit log. */
  readonly position: number
  /** Bytes of the whole record. */
  readonly size: number
  readonly flag: number
  readonly sysFlag: number
  readonly bodyCrc: number
  readonly bornTimestamp: number
  /** `ip:port`. */
  readonly bornHost: string
  readonly storeTimestamp: number
  /** `ip:port`. */
  readonly storeHost: string
  readonly reconsumeTimes: number
  readonly preparedPosition: number
  /** As stored: still compressed when the flag says so. A view of the record. */
  readonly body: Uint8Array
  readonly properties: ReadonlyMap<string, string>
  /** UNIQ_KEY when there is one, else {@link offsetMessageId}. */
  readonly messageId: string
  /** Hex of store host and position: where the message is. */
  readonly offsetMessageId: string
}
