// What the broker counts. Names of metrics are only here.

import type { Labels, Metrics } from '../base/metrics.ts'

/** Counters for the handlers; never per topic, which would have no bound. */
export type Meter = {
  sent(count: number, bytes: number): void
  sendRefused(reason: string): void
  read(count: number, bytes: number): void
  pulled(status: string): void
  sentBack(deadLetter: boolean): void
}

export function meterOf(metrics: Metrics): Meter {
  const messagesIn = metrics.counter('rocketway_broker_messages_in_total', 'Messages stored.')
  const bytesIn = metrics.counter('rocketway_broker_in_bytes_total', 'Bytes of bodies stored.')
  const refused = metrics.counter('rocketway_broker_sends_refused_total', 'Sends refused.')
  const messagesOut = metrics.counter('rocketway_broker_messages_out_total', 'Messages read.')
  const bytesOut = metrics.counter('rocketway_broker_out_bytes_total', 'Bytes of records read.')
  const pulls = metrics.counter('rocketway_broker_pulls_total', 'Pulls answered.')
  const back = metrics.counter('rocketway_broker_sent_back_total', 'Messages sent back.')
  const reasons = labelled('reason')
  const statuses = labelled('status')
  const kinds = labelled('kind')
  return {
    sent(count, bytes) {
      messagesIn.add(count)
      bytesIn.add(bytes)
    },
    sendRefused: (reason) => refused.add(1, reasons(reason)),
    read(count, bytes) {
      messagesOut.add(count)
      bytesOut.add(bytes)
    },
    pulled: (status) => pulls.add(1, statuses(status)),
    sentBack: (deadLetter) => back.add(1, kinds(deadLetter ? 'dead-letter' : 'retry')),
  }
}

/** The same object for the same value: pulls and sends make none. Values are few and fixed. */
function labelled(name: string): (value: string) => Labels {
  const known = new Map<string, Labels>()
  return (value) => {
    const found = known.get(value) ?? { [name]: value }
    known.set(value, found)
    return found
  }
}
