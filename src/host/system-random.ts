// Randomness of the machine.

import { randomBytes } from 'node:crypto'
import type { Random } from '../base/random.ts'

export const systemRandom: Random = {
  below: (bound) => Math.floor(Math.random() * bound),
  bytes: (size) => randomBytes(size),
}
