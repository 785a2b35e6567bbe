// How long a slave takes to have what the log has: marks of where the log ended and when, each
// done with when the slave has acknowledged that end.

/** While a slave is far behind, no more ends are remembered. */
const marksMax = 1024

export class Lag {
  readonly #positions = new Float64Array(marksMax)
  readonly #times = new Float64Array(marksMax)
  #first = 0
  #count = 0
  #marked = 0

  /** The log ends at `position`; what came since the mark before did so at `ms` or later. */
  mark(position: number, ms: number): void {
    if (position <= this.#marked || this.#count === marksMax) return
    const at = (this.#first + this.#count) % marksMax
    this.#positions[at] = position
    this.#times[at] = ms
    this.#count++
    this.#marked = position
  }

  /** The slave has everything before `position` at `ms`: `took` gets the age of each mark, ms. */
  reached(position: number, ms: number, took: (lagMs: number) => void): void {
    while (this.#count > 0 && (this.#positions[this.#first] ?? 0) <= position) {
      took(ms - (this.#times[this.#first] ?? ms))
      this.#first = (this.#first + 1) % marksMax
      this.#count--
    }
  }
}
