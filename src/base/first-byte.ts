// Connections as they come, for servers that tell protocols apart by the first byte.

import type { Duplex } from 'node:stream'

/** The first byte of a TLS handshake record. */
export const tlsHandshake = 0x16

export type FirstByteListener = {
  readonly port: number
  /** No connection is accepted from now on; those that are open stay. */
  close(): Promise<void>
}

/**
 * Listens and calls `accept` with each connection when its first byte is there; the byte is
 * still to be read. One that says nothing in time is closed.
 */
export type ListenByFirstByte = (
  address: { readonly host: string; readonly port: number },
  accept: (connection: Duplex, firstByte: number) => void,
) => Promise<FirstByteListener>
