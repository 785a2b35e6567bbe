// The port for byte streams: TCP in src/host, an in-memory pair in tests.

export type Address = { readonly host: string; readonly port: number }

/** What a socket tells its owner. All are called on the event loop, never inside a call to it. */
export type SocketEvents = {
  /** Bytes arrived. They are the owner's: the port does not use the buffer again. */
  data(bytes: Uint8Array): void
  /** The outbound buffer has run empty after `write` answered false. */
  drain?(): void
  /** Called exactly once, whoever closed. `error` is absent for an orderly end. */
  close(error?: Error): void
}

/** What a listener proves who it is with, as PEM. */
export type TlsServer = {
  readonly cert: string
  readonly key: string
  readonly passphrase?: string | undefined
  /** Of those whose clients are believed. */
  readonly clientCa?: string | undefined
  /** Whether clients have to prove who they are. */
  readonly clients: 'none' | 'optional' | 'require'
}

/** How a caller looks at the certificate of whom it calls, and what it shows itself. */
export type TlsClient = {
  readonly ca?: string | undefined
  readonly cert?: string | undefined
  readonly key?: string | undefined
  readonly passphrase?: string | undefined
  /** False: any certificate will do, as with Apache's clients. */
  readonly verify: boolean
}

export type Socket = {
  readonly remote: Address
  readonly local: Address
  /** Bytes that were written and are not yet with the kernel. */
  readonly bufferedBytes: number
  /**
   * Writes the chunks as one. False: more than the high-water mark is buffered, stop until
   * `drain`. Chunks may be views of a mapped file and must stay unchanged until sent.
   */
  write(chunks: readonly Uint8Array[]): boolean
  /** Stops and restarts reading: the back-pressure towards the peer. */
  pause(): void
  resume(): void
  /** Ends after what is buffered was sent. */
  end(): void
  /** Closes at once. */
  destroy(error?: Error): void
  /**
   * Makes the rest of an accepted connection TLS. `received` is what has come in so far and was
   * not used. After the handshake `accept` gets the socket to go on with; if there is none the
   * events of this one get their `close`. Absent where the host has no TLS.
   */
  secure?(tls: TlsServer, received: Uint8Array, accept: (socket: Socket) => SocketEvents): void
}

export type Listener = {
  /** Where it really listens: the port is filled in when 0 was asked for. */
  readonly address: Address
  /** Stops accepting. Connections that exist go on. */
  close(): Promise<void>
}

export type Network = {
  /** Rejects with the cause if the port cannot be bound. `accept` returns the events to use. */
  listen(address: Address, accept: (socket: Socket) => SocketEvents): Promise<Listener>
  /** Rejects if no connection exists after `timeoutMs`. */
  connect(
    address: Address,
    options: { timeoutMs: number; tls?: TlsClient | undefined },
    attach: (socket: Socket) => SocketEvents,
  ): Promise<Socket>
}
