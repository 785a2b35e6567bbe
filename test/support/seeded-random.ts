// Numbers that look random and are the same for the same seed.

/** Source: the mulberry32 generator (public domain). */
export function seededRandom(seed: number): { below(bound: number): number } {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return (mixed ^ (mixed >>> 14)) >>> 0
  }
  return { below: (bound) => Math.floor((next() / 2 ** 32) * bound) }
}
