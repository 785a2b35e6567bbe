// What goes wrong in a run, drawn from the seed. In safety mode anything may happen at any time;
// in the end everything is healed and started, and from then on the cluster must work again.

import type { Node, World } from './world.ts'

/** The cluster as faults see it. */
export type Target = {
  readonly world: World
  /** May be killed and paused. */
  readonly nodes: readonly Node[]
  /** May be cut off from each other. */
  readonly everyone: readonly Node[]
  kill(node: Node, isSilent: boolean): void
  start(node: Node): void
}

const shapes = ['isolate', 'halves', 'one-way', 'bridge', 'ring', 'pair'] as const
type Shape = (typeof shapes)[number]

/** Lets faults happen for `ms`; then heals. */
export async function torment(target: Target, ms: number): Promise<void> {
  const { world } = target
  const end = world.now + ms
  while (world.now < end) {
    const kind = world.below(12)
    if (kind < 3) killSome(target)
    else if (kind < 5) pauseSome(target)
    else if (kind < 8) partition(target, world.pick(shapes))
    else if (kind < 11) flicker(target)
    else world.heal()
    await world.advance(50 + world.below(world.chance(50) ? 300 : 3000))
  }
  world.heal()
  for (const node of target.nodes) {
    if (node.isPaused) world.resume(node)
    target.start(node)
  }
}

function killSome(target: Target): void {
  const { world } = target
  const node = world.pick(target.nodes)
  if (!node.isAlive) return
  target.kill(node, world.chance(40))
  world.at(world.below(8000), () => target.start(node))
}

function pauseSome({ world, nodes }: Target): void {
  const node = world.pick(nodes)
  if (!node.isAlive || node.isPaused) return
  const { life } = node
  world.pause(node)
  world.at(200 + world.below(8000), () => {
    if (node.life === life && node.isPaused) world.resume(node)
  })
}

/** What one node says does not reach another one, for a moment. */
function flicker({ world, everyone }: Target): void {
  const from = world.pick(everyone)
  const to = world.pick(everyone)
  if (from === to) return
  world.block(from, to)
  world.at(20 + world.below(1500), () => world.unblock(from, to))
}

function partition(target: Target, shape: Shape): void {
  const { world } = target
  world.note(`partition ${shape}`)
  for (const [from, to] of cuts(world, target.everyone, shape)) world.block(from, to)
  world.at(500 + world.below(8000), () => {
    world.note('heal')
    world.heal()
  })
}

function cuts(world: World, all: readonly Node[], shape: Shape): [Node, Node][] {
  const one = world.pick(all)
  const two = world.pick(all)
  const pairs = all.flatMap((a) => all.map((b): [Node, Node] => [a, b])).filter(([a, b]) => a !== b)
  const half = new Set(all.filter(() => world.chance(50)))
  switch (shape) {
    case 'isolate':
      return pairs.filter(([a, b]) => a === one || b === one)
    case 'halves':
      return pairs.filter(([a, b]) => half.has(a) !== half.has(b))
    case 'one-way':
      return pairs.filter(([a]) => a === one)
    case 'bridge':
      return pairs.filter(([a, b]) => half.has(a) !== half.has(b) && a !== one && b !== one)
    case 'ring': {
      const at = (node: Node) => all.indexOf(node)
      const isNext = (a: Node, b: Node) => Math.abs(at(a) - at(b)) % (all.length - 1) <= 1
      return pairs.filter(([a, b]) => !isNext(a, b))
    }
    case 'pair':
      return pairs.filter(([a, b]) => (a === one && b === two) || (a === two && b === one))
  }
}
