// What does `rocketway up` take when nobody asks for anything: time to be ready, memory of its
// own, CPU.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMicros, median, ownMemory } from './process-cost.ts'
import { startProgram } from './programs.ts'

const settleMs = 5_000
const watchedMs = 10_000

export async function benchIdle(rounds: number): Promise<object> {
  const runs: Awaited<ReturnType<typeof idle>>[] = []
  for (let round = 0; round < rounds; round++) runs.push(await idle())
  const of = (key: keyof Awaited<ReturnType<typeof idle>>) => median(runs.map((one) => one[key]))
  return {
    readyMs: Math.round(of('readyMs')),
    rssAnonMb: Math.round(of('rssAnonBytes') / 1e6),
    cpuPercent: Number(of('cpuPercent').toFixed(2)),
  }
}

async function idle() {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-bench-'))
  const startedAt = performance.now()
  const up = await startProgram(['up', '--data', home, '--ports', '0'])
  try {
    const readyMs = performance.now() - startedAt
    await sleep(settleMs)
    const before = cpuMicros(up.pid)
    await sleep(watchedMs)
    const cpuPercent = (cpuMicros(up.pid) - before) / watchedMs / 10
    return { readyMs, rssAnonBytes: ownMemory(up.pid), cpuPercent }
  } finally {
    await up.stop()
    rmSync(home, { recursive: true, force: true })
  }
}
