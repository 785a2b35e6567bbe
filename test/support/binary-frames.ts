// Frames of rocketway.v1.bin, as a client writes and reads them.

export type BinaryFrame = {
  readonly header: Readonly<Record<string, unknown>>
  readonly body: Buffer
}

export function packFrame(header: object, body: Uint8Array = new Uint8Array()): Buffer {
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(4)
  length.writeUInt32BE(text.length)
  return Buffer.concat([length, text, body])
}

export function unpackFrame(frame: Uint8Array): BinaryFrame {
  const bytes = Buffer.from(frame)
  const bodyAt = 4 + bytes.readUInt32BE(0)
  return {
    header: JSON.parse(bytes.subarray(4, bodyAt).toString()),
    body: bytes.subarray(bodyAt),
  }
}
