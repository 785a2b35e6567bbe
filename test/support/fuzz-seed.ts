// Property tests try the same inputs in every run, so that the gate is repeatable; SEED=n tries
// others. A seed that finds something becomes a test of its own, named by what it found.

import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['SEED'] ?? 20_261_123) })
