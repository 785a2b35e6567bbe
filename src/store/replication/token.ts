// What our slave shows before its first frame: the token that the master gave it on the remoting
// port, where requests are signed. It is good for one connection.
//
//   ff 52 57 53 | token, 24 bytes | frames, as ever
//
// No frame begins so: positions and states are not negative. Apache's slaves have no token, and
// Apache's masters give none, so neither ever sees one.

export const tokenSize = 24
const mark = Buffer.from([0xff, 0x52, 0x57, 0x53])

/** `token`: as the master gave it, hexadecimal. */
export const encodeToken = (token: string): Uint8Array =>
  Buffer.concat([mark, Buffer.from(token, 'hex')])

/** Takes a token off the front of what a slave sends. */
export class TokenReader {
  #bytes: Buffer = Buffer.alloc(0)

  /** The token, if there is one, and what comes behind it; undefined while that cannot be told. */
  push(bytes: Uint8Array): { token: string | undefined; rest: Uint8Array } | undefined {
    const all = Buffer.concat([this.#bytes, bytes])
    const size = Math.min(mark.length, all.length)
    if (mark.compare(all, 0, size, 0, size) !== 0) return { token: undefined, rest: all }
    const end = mark.length + tokenSize
    if (all.length < end) {
      this.#bytes = all
      return undefined
    }
    return { token: all.toString('hex', mark.length, end), rest: all.subarray(end) }
  }
}
