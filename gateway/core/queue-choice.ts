// Which queue an ordering key belongs to: the same one that Apache's proxy takes, so that both
// may serve one topic. Source: Guava's Hashing.consistentHash over Java's String.hashCode.

const multiplier = 2862933555777941757n
const mask = (1n << 64n) - 1n

/** An index in [0, count) that stays for most keys when `count` grows. */
export function queueIndexOf(orderingKey: string, count: number): number {
  let state = BigInt.asUintN(64, BigInt(javaHashOf(orderingKey)))
  let candidate = 0
  while (true) {
    state = (state * multiplier + 1n) & mask
    const draw = (Number(state >> 33n) + 1) / 0x8000_0000
    const next = Math.trunc((candidate + 1) / draw)
    if (next < 0 || next >= count) return candidate
    candidate = next
  }
}

function javaHashOf(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(hash, 31) + text.charCodeAt(i)) | 0
  return hash
}
