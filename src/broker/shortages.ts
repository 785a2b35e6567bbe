// Counts what was refused because a resource was short, whoever refused it: the store (disk), the
// dispatcher (memory, client), those who hold pulls (waiting); and sends that are stored, but not
// as durable as promised (slave, disk). Clients are told SYSTEM_BUSY, SERVICE_NOT_AVAILABLE or the
// status of the send, and try elsewhere or later; nothing grows meanwhile.

import { MqError } from '../base/errors.ts'
import type { Hook } from '../remoting/dispatcher.ts'
import type { Meter } from './meter.ts'

/** FLUSH_DISK_TIMEOUT, SLAVE_NOT_AVAILABLE, FLUSH_SLAVE_TIMEOUT. Source: ResponseCode. */
const shortByCode: Readonly<Record<number, string>> = { 10: 'disk', 11: 'slave', 12: 'slave' }

export const shortages = (meter: Pick<Meter, 'short'>): Hook => ({
  refused(_, error) {
    if (!(error instanceof MqError)) return
    const { resource } = error.detail
    if (typeof resource === 'string') meter.short(resource)
  },
  after(_, code) {
    const resource = shortByCode[code]
    if (resource !== undefined) meter.short(resource)
  },
})
