// Where the master is: for the slave's two connections to it, one for the log and one for what is
// beside it. Told by the name servers, by the controller, or fixed by `haMasterAddress`.
//
// In classic mode nothing in the protocol would show that two logs have gone apart. So the last
// record of this log is asked of the master before its bytes are taken: one that has another, or
// none, is not followed. Works with Apache's masters.
// Source: SlaveSynchronize.setMasterAddr, BrokerOuterAPI.retrieveBrokerHaInfo.

import { parseAddress } from '../../base/address.ts'
import { MqError } from '../../base/errors.ts'
import type { Address } from '../../base/network.ts'
import { viewMessageById } from '../../protocol/requests/query.ts'
import { exchangeBrokerHaInfo } from '../../protocol/requests/replication.ts'
import type { RemotingClient } from '../../remoting/client.ts'
import type { Reader } from '../ports.ts'

export type FinderParts = {
  readonly caller: Pick<RemotingClient, 'call'>
  readonly reader: Pick<Reader, 'recordAt'>
  /** Start of the last record here; -1 when there is none. */
  readonly lastRecordPosition: () => number
  /** `host:port`; '' when the master says it. */
  readonly fixedHaAddress: string
  /** Logs carry epochs: they are compared on the other connection. */
  readonly hasEpochs: boolean
  readonly zone: string
}

const timeoutMs = 3000

export class MasterFinder {
  readonly #parts: FinderParts
  #master: string | undefined
  #haAddress: string | undefined

  constructor(parts: FinderParts) {
    this.#parts = parts
    if (parts.fixedHaAddress !== '') this.#haAddress = parts.fixedHaAddress
  }

  /** The master's address for requests, `host:port`; undefined when nobody is known. */
  get master(): string | undefined {
    return this.#master
  }

  /** True when it is another one than before. */
  isAt(master: string | undefined, haAddress?: string | undefined): boolean {
    const { fixedHaAddress } = this.#parts
    const ha = fixedHaAddress === '' ? haAddress || undefined : fixedHaAddress
    const isNew = (master || undefined) !== this.#master || ha !== this.#haAddress
    this.#master = master || undefined
    this.#haAddress = ha
    return isNew
  }

  /** Where to connect for the log. Rejects when there is no master, or it is not ours. */
  async find(): Promise<Address & { readonly token: string | undefined }> {
    const told = this.#master === undefined ? undefined : await this.#introduce(this.#master)
    const found = this.#haAddress ?? told?.masterHaAddress
    if (found === undefined) throw new MqError('broker-unavailable', 'no master is known')
    if (this.#master !== undefined && !this.#parts.hasEpochs) await this.#compare(this.#master)
    return { ...parseAddress(found), token: told?.rwSlaveToken }
  }

  /** Says who this is; answers where slaves connect, and with what they are let in there. */
  async #introduce(master: string) {
    const { caller, zone } = this.#parts
    const header = { rwSlaveZone: zone }
    return (await caller.call(master, exchangeBrokerHaInfo, header, { timeoutMs })).header
  }

  async #compare(master: string): Promise<void> {
    const { caller, reader, lastRecordPosition } = this.#parts
    const offset = lastRecordPosition()
    if (offset < 0) return
    const own = await reader.recordAt(offset)
    if (!own) return
    const { code, body } = await caller.call(
      master,
      viewMessageById,
      { offset },
      {
        timeoutMs,
        accept: [0, 1, 22],
      },
    )
    if (code === 0 && Buffer.compare(own, body) === 0) return
    throw new MqError('broker-error', "the master's log is not the one that this was copied from", {
      position: offset,
      master,
    })
  }
}
