// `npm run bench`: asks questions of the built tree and prints one JSON document.
//
//   npm run bench                              every question, 5 rounds
//   npm run bench -- send pull --rounds 9      some of them
//
// Each question is a file beside this one. What they mean and the last figures: README.md here.

import { cpus, loadavg, totalmem } from 'node:os'
import { benchAppend } from './append.ts'
import { codec } from './codec.ts'
import { benchCold } from './cold.ts'
import {
  benchGrpcSend,
  benchRest,
  benchRestBatch,
  benchRestReceive,
  benchWebSocketDelivery,
} from './gateway.ts'
import { benchGrpc } from './grpc.ts'
import { benchHolds } from './holds.ts'
import { benchIdle } from './idle.ts'
import { benchKeepUp } from './keep-up.ts'
import { benchNamesrv } from './namesrv.ts'
import { benchNamesrvWire } from './namesrv-wire.ts'
import { benchNeighbours } from './neighbours.ts'
import { pop } from './pop.ts'
import { benchPopWire } from './pop-wire.ts'
import { benchProxy } from './proxy.ts'
import { benchPull } from './pull.ts'
import { benchQueues } from './queues.ts'
import { benchRead } from './read.ts'
import { benchRecovery } from './recovery.ts'
import { benchReplication } from './replication.ts'
import { benchRestFront } from './rest.ts'
import { benchSend } from './send.ts'
import { benchSockets } from './sockets.ts'
import { benchWebSocketFront } from './websocket.ts'

type Question = (rounds: number) => object | Promise<object>

const questions: Readonly<Record<string, Question>> = {
  // Whole programs, each in a process of its own.
  send: benchSend,
  replication: benchReplication,
  pull: benchPull,
  'pop-wire': benchPopWire,
  rest: benchRest,
  'rest-batch': benchRestBatch,
  'rest-receive': benchRestReceive,
  grpc: benchGrpcSend,
  proxy: benchProxy,
  websocket: benchWebSocketDelivery,
  sockets: benchSockets,
  neighbours: benchNeighbours,
  idle: benchIdle,
  'keep-up': benchKeepUp,
  holds: benchHolds,
  'namesrv-wire': () => benchNamesrvWire(),
  recovery: benchRecovery,
  // Parts on their own, with a number of rounds of their own where they take none.
  codec: () => codec(),
  append: () => benchAppend(),
  queues: benchQueues,
  read: () => benchRead(),
  cold: benchCold,
  pop: () => pop(),
  namesrv: () => benchNamesrv(),
  'rest-front': benchRestFront,
  'grpc-front': benchGrpc,
  'websocket-front': benchWebSocketFront,
}

const roundsDefault = 5

function asked(): { names: string[]; rounds: number } {
  const names = process.argv.slice(2)
  const at = names.indexOf('--rounds')
  const [, text] = at < 0 ? [] : names.splice(at, 2)
  const rounds = text === undefined ? roundsDefault : Number(text)
  const unknown = names.filter((name) => questions[name] === undefined)
  if (unknown.length > 0 || !(Number.isInteger(rounds) && rounds > 0)) {
    console.error(`usage: bench [${Object.keys(questions).join(' | ')}]… [--rounds n]`)
    process.exit(2)
  }
  return { names: names.length > 0 ? names : Object.keys(questions), rounds }
}

const load = (): number[] => loadavg().map((value) => Math.round(value * 100) / 100)

const { names, rounds } = asked()
const machine = {
  cpu: cpus()[0]?.model ?? 'unknown',
  cores: cpus().length,
  memoryGb: Math.round(totalmem() / 1e9),
  node: process.version,
}
const loadBefore = load()
const figures: Record<string, object> = {}
for (const name of names) {
  console.error(`${name} …`)
  figures[name] = (await questions[name]?.(rounds)) ?? {}
  // Told at once: a long run that is ended early has said what it knew.
  console.error(JSON.stringify(figures[name]))
}
const date = new Date().toISOString()
console.log(
  JSON.stringify({ date, machine, loadBefore, loadAfter: load(), rounds, figures }, null, 2),
)
