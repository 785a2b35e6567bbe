// Which held pops and notifications an arrival concerns.
//
// Requests wait under one key per kind, group, topic and queue (-1 for any), in the broker's
// common table of held requests. Here is who waits for what topic, so that an arrival finds
// the groups, and an arrival in a retry topic finds the pops of its group.
//
// A pop is woken for each arrival while messages are left; notifications at most one for each
// message that is left, so that a thousand of them do not all come for one message.
//
// Source: PopLongPollingService.

import type { Holds } from '../holds.ts'
import type { Arrival } from '../ports.ts'
import { popRetryTopicOf } from './names.ts'
import type { PopTarget } from './ports.ts'

type Kind = 'pop' | 'notify'
const kinds: readonly Kind[] = ['pop', 'notify']

export const waitKey = (kind: Kind, { group, topic, queueId }: PopTarget): string =>
  `${kind}@${topic}@${group}@${Math.max(queueId, -1)}`

export class PopWaits {
  readonly #holds: Holds<Arrival>
  /** Messages that the group could take there now. */
  readonly #backlogOf: (group: string, topic: string, queueId: number) => number
  /** By topic, by group: the queues (-1: any) that somebody may wait for. */
  readonly #waiting = new Map<string, Map<string, Set<number>>>()
  readonly #byRetryTopic = new Map<string, { group: string; topic: string }>()

  constructor(
    holds: Holds<Arrival>,
    backlogOf: (group: string, topic: string, queueId: number) => number,
  ) {
    this.#holds = holds
    this.#backlogOf = backlogOf
  }

  /** Somebody is about to wait. */
  expect({ group, topic, queueId }: PopTarget): void {
    const groups = this.#waiting.get(topic) ?? new Map<string, Set<number>>()
    this.#waiting.set(topic, groups)
    const queueIds = groups.get(group) ?? new Set<number>()
    groups.set(group, queueIds)
    queueIds.add(Math.max(queueId, -1))
    this.#byRetryTopic.set(popRetryTopicOf(group, topic), { group, topic })
  }

  arrived(arrival: Arrival): void {
    const { topic, queueId } = arrival
    for (const group of this.#waiting.get(topic)?.keys() ?? []) {
      this.#wake(group, topic, [-1, queueId], arrival)
    }
    const retried = this.#byRetryTopic.get(topic)
    if (!retried) return
    const queueIds = this.#waiting.get(retried.topic)?.get(retried.group) ?? []
    this.#wake(retried.group, retried.topic, queueIds, arrival)
  }

  /** Wakes who waits for a queue that was blocked until now. */
  wake(target: PopTarget): void {
    const { group, topic, queueId } = target
    const arrival = { topic, queueId, maxOffset: 0, tagsCode: 0, storeTimestamp: 0 }
    this.#wake(group, topic, [-1, queueId], arrival)
  }

  #wake(group: string, topic: string, queueIds: Iterable<number>, arrival: Arrival): void {
    for (const queueId of queueIds) {
      const target = { group, topic, queueId }
      const popKey = waitKey('pop', target)
      // One at a time: each takes what it can, the next is needed only for the rest.
      while (this.#holds.waiting(popKey) > 0) {
        if (this.#backlogOf(group, arrival.topic, arrival.queueId) <= 0) break
        if (this.#holds.wake(popKey, arrival, 1) === 0) break
      }
      const left = this.#backlogOf(group, arrival.topic, arrival.queueId)
      if (left > 0) this.#holds.wake(waitKey('notify', target), arrival, left)
      this.#dropUnused(target)
    }
  }

  #dropUnused(target: PopTarget): void {
    const { group, topic, queueId } = target
    if (kinds.some((kind) => this.#holds.waiting(waitKey(kind, target)) > 0)) return
    const groups = this.#waiting.get(topic)
    const queueIds = groups?.get(group)
    queueIds?.delete(queueId)
    if (queueIds?.size !== 0) return
    groups?.delete(group)
    this.#byRetryTopic.delete(popRetryTopicOf(group, topic))
    if (groups?.size === 0) this.#waiting.delete(topic)
  }
}
