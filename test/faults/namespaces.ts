// A network namespace for each node, on one bridge, where this process may make them (root and
// `ip netns`); else every node is on loopback and partitions cannot be made.
//
// A cut is one way: packets from one node to another are dropped where they leave, as nothing
// on the way does. What is established stays so on both sides and is retransmitted.

import { spawnSync } from 'node:child_process'
import { threadId } from 'node:worker_threads'
import type { ExecutionContext } from 'ava'

export type Place = {
  readonly name: string
  readonly ip: string
  /** What comes before a command that runs there. */
  readonly prefix: readonly string[]
}

/** By its path: npm puts another program of that name before it. */
const nft = '/usr/sbin/nft'

const run = (...words: readonly string[]): boolean =>
  spawnSync(words[0] as string, words.slice(1)).status === 0

/** Whether nodes can be cut off from each other on this machine. */
export const canCut = ((): boolean => {
  if (process.getuid?.() !== 0) return false
  const name = `rw-probe-${process.pid}-${threadId}`
  if (!run('ip', 'netns', 'add', name)) return false
  const works = run('ip', 'netns', 'exec', name, nft, 'add', 'table', 'inet', 'probe')
  run('ip', 'netns', 'del', name)
  return works
})()

/** Bridges that are looked through for a name that nobody has taken. */
const networksMax = 10_000

/** A new bridge. Its name is its claim on the subnet of that number, against other processes too. */
function newBridge(): { readonly id: string; readonly subnet: string } {
  for (let number = 0; number < networksMax; number++) {
    const id = `rw${number}`
    if (run('ip', 'link', 'add', id, 'type', 'bridge')) {
      return { id, subnet: `10.${100 + (number >> 8)}.${number & 255}` }
    }
  }
  throw new Error('no bridge can be made')
}

export class Network {
  readonly #id: string = ''
  readonly #subnet: string = ''
  readonly #places: Place[] = []
  /** What was made, or nearly. */
  readonly #spaces: string[] = []
  readonly #links: string[] = []
  readonly #isReal: boolean

  /** Everything it makes goes with the test. */
  constructor(t: ExecutionContext) {
    this.#isReal = canCut
    if (!this.#isReal) return
    const { id, subnet } = newBridge()
    this.#id = id
    this.#subnet = subnet
    must('ip', 'addr', 'add', `${this.#subnet}.1/24`, 'dev', this.#id)
    must('ip', 'link', 'set', this.#id, 'up')
    t.teardown(() => {
      // A namespace that goes takes its links with it later: until then their names are taken.
      for (const link of this.#links) run('ip', 'link', 'del', link)
      for (const space of this.#spaces) run('ip', 'netns', 'del', space)
      run('ip', 'link', 'del', this.#id)
    })
  }

  place(name: string): Place {
    if (!this.#isReal) {
      const place = { name, ip: '127.0.0.1', prefix: [] }
      this.#places.push(place)
      return place
    }
    const space = this.#nameOf(name)
    const number = this.#places.length + 2
    const ip = `${this.#subnet}.${number}`
    const [outer, inner] = [`${this.#id}v${number}`, `${this.#id}p${number}`]
    const inside = ['ip', 'netns', 'exec', space]
    this.#spaces.push(space)
    this.#links.push(outer)
    must('ip', 'netns', 'add', space)
    must('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner)
    must('ip', 'link', 'set', inner, 'netns', space)
    must('ip', 'link', 'set', outer, 'master', this.#id, 'up')
    must(...inside, 'ip', 'link', 'set', inner, 'name', 'eth0')
    must(...inside, 'ip', 'addr', 'add', `${ip}/24`, 'dev', 'eth0')
    must(...inside, 'ip', 'link', 'set', 'eth0', 'up')
    must(...inside, 'ip', 'link', 'set', 'lo', 'up')
    must(...inside, nft, 'add', 'table', 'inet', 'cuts')
    must(...inside, nft, 'add chain inet cuts out { type filter hook output priority 0 ; }')
    must(...inside, nft, 'add chain inet cuts in { type filter hook input priority 0 ; }')
    const place = { name, ip, prefix: inside }
    this.#places.push(place)
    return place
  }

  /** Nothing that `from` sends arrives at `to`. */
  cut(from: Place, to: Place): void {
    must(...from.prefix, nft, `add rule inet cuts out ip daddr ${to.ip} drop`)
  }

  /** Between a node and everything that is outside the namespaces: the clients. */
  cutFromClients(place: Place): void {
    const ip = `${this.#subnet}.1`
    must(...place.prefix, nft, `add rule inet cuts out ip daddr ${ip} drop`)
    must(...place.prefix, nft, `add rule inet cuts in ip saddr ${ip} drop`)
  }

  heal(): void {
    for (const { prefix } of this.#places) must(...prefix, nft, 'flush', 'table', 'inet', 'cuts')
  }

  /** Whatever the node sends takes its turn: a slow line. Undefined: as fast as before. */
  slow(place: Place, rate: string | undefined): void {
    if (rate === undefined) run(...place.prefix, 'tc', 'qdisc', 'del', 'dev', 'eth0', 'root')
    else {
      const shape = ['tbf', 'rate', rate, 'burst', '32kbit', 'latency', '400ms']
      must(...place.prefix, 'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', ...shape)
    }
  }

  #nameOf(name: string): string {
    return `${this.#id}-${name}`
  }
}

function must(...words: readonly string[]): void {
  const { status, stderr } = spawnSync(words[0] as string, words.slice(1), { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${words.join(' ')}: ${stderr}`)
}
