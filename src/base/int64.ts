// Big-endian 64-bit integers as JavaScript numbers: two 32-bit halves are several times
// cheaper than a BigInt. Exact within ±2^53, which no position or timestamp reaches.

const two32 = 2 ** 32

/** Writes `value`, a safe integer, in 8 bytes. */
export function writeInt64(view: DataView, at: number, value: number): void {
  view.setInt32(at, Math.floor(value / two32))
  view.setUint32(at + 4, value >>> 0)
}

/** Reads 8 bytes; the result is exact only when it is a safe integer. */
export function readInt64(view: DataView, at: number): number {
  return view.getInt32(at) * two32 + view.getUint32(at + 4)
}

/** A DataView of the same bytes as `bytes`. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
