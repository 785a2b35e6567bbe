// What falls due when. Items are kept in slots of a fixed width, a heap orders the slots that
// are in use: adding and removing cost the same however many items wait, and most are removed
// long before they are due.

const slotMs = 100

type Slot<T> = { readonly number: number; readonly items: Set<T> }

export class Calendar<T> {
  readonly #slots = new Map<number, Slot<T>>()
  /** A binary heap of slot numbers, the lowest first. A slot that ran empty stays in it. */
  readonly #heap: number[] = []

  /** Puts an item down for `atMs`; the answer is the ticket to take it out again. */
  add(item: T, atMs: number): number {
    const number = Math.ceil(atMs / slotMs)
    let slot = this.#slots.get(number)
    if (!slot) {
      slot = { number, items: new Set() }
      this.#slots.set(number, slot)
      this.#push(number)
    }
    slot.items.add(item)
    return number
  }

  remove(item: T, ticket: number): void {
    this.#slots.get(ticket)?.items.delete(item)
  }

  /** When the next item may be due: never too late. Undefined when nothing waits. */
  nextMs(): number | undefined {
    this.#dropEmpty()
    const first = this.#heap[0]
    return first === undefined ? undefined : first * slotMs
  }

  /** Takes out what is due, at most `countMax` of it; never before its time. */
  take(nowMs: number, countMax: number): T[] {
    const due: T[] = []
    const now = Math.floor(nowMs / slotMs)
    while (due.length < countMax) {
      this.#dropEmpty()
      const first = this.#heap[0]
      if (first === undefined || first > now) break
      const items = this.#slots.get(first)?.items ?? new Set<T>()
      for (const item of items) {
        if (due.length >= countMax) break
        items.delete(item)
        due.push(item)
      }
    }
    return due
  }

  #dropEmpty(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if ((this.#slots.get(first)?.items.size ?? 0) > 0) return
      this.#slots.delete(first)
      this.#pop()
    }
  }

  #push(number: number): void {
    const heap = this.#heap
    let at = heap.push(number) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#at(parent) <= number) break
      heap[at] = this.#at(parent)
      at = parent
    }
    heap[at] = number
  }

  #pop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && this.#at(child + 1) < this.#at(child)) child++
      if (this.#at(child) >= last) break
      heap[at] = this.#at(child)
      at = child
    }
    heap[at] = last
  }

  #at(index: number): number {
    return this.#heap[index] as number
  }
}
