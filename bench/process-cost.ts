// What a process cost: CPU from /proc, in µs, and memory of its own.

import { readdirSync, readFileSync } from 'node:fs'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** User and system time of all threads so far, µs. Threads that ended are not in it. */
export function cpuMicros(pid: number): number {
  return readdirSync(`/proc/${pid}/task`).reduce((sum, id) => sum + threadMicros(pid, id), 0)
}

/** The same of the thread that runs the event loop. */
export const loopMicros = (pid: number): number => threadMicros(pid, String(pid))

function threadMicros(pid: number, thread: string): number {
  const [nanos] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')
  return Number(nanos) / 1000
}

/** Anonymous resident memory, bytes: not the pages of mapped files. */
export function ownMemory(pid: number): number {
  const line = /RssAnon:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(line?.[1] ?? 0) * 1024
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

/** Longest time that the loop of this process was late while `run` ran, ms. */
export async function worstStallMs(run: () => Promise<void>): Promise<number> {
  const delays = monitorEventLoopDelay({ resolution: 1 })
  delays.enable()
  await run()
  delays.disable()
  return delays.max / 1e6
}

export const round = (value: number, digits = 1): number => Number(value.toFixed(digits))
