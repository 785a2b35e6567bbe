// One store folder with a name server beside it, and our broker or Apache's over it in turn.

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { MqClient } from '../../src/client/types.ts'
import { startApacheBroker } from './apache.ts'
import { connectClient } from './connect-client.ts'
import { startRocketway } from './processes.ts'
import { broker } from './round-trip.ts'

type Settings = Readonly<Record<string, string | number | boolean>>

/** Of both brokers. Small files; offsets are written often enough that a kill finds them. */
const shared = {
  mappedFileSizeCommitLog: 1_048_576,
  mappedFileSizeConsumeQueue: 20_000,
  mapperFileSizeBatchConsumeQueue: 46 * 20,
  flushConsumerOffsetInterval: 500,
}
const local = '127.0.0.1:0'

export type Site = {
  readonly namesrv: string
  readonly store: string
  readonly home: string
  /** Of both brokers as well. */
  readonly settings: Settings
  /** Of ours alone: `::1` makes the hosts of all its records IPv6. */
  readonly ip: string
}

/** `settingsOf` is given the folder of the store. */
export async function makeSite(
  t: ExecutionContext,
  settingsOf: (store: string) => Settings = () => ({}),
  ip = '127.0.0.1',
): Promise<Site> {
  const home = mkdtempSync(join(tmpdir(), 'rocketway-round-trip-'))
  t.teardown(() => rmSync(home, { recursive: true, force: true }))
  const namesrv = await startRocketway(t, [
    'namesrv',
    ...['--data', join(home, 'n'), '--listen', local],
  ])
  const store = join(home, 'store')
  mkdirSync(store)
  return { namesrv: namesrv.listen['namesrv'] ?? '', store, home, settings: settingsOf(store), ip }
}

export async function startOurs(t: ExecutionContext, site: Site) {
  const { namesrv, store, ip } = site
  const settings = { ...shared, ...site.settings, brokerIP1: ip }
  const started = await startRocketway(t, [
    ...['broker', '--data', store, '--listen', ip.includes(':') ? `[${ip}]:0` : local],
    ...['-n', namesrv],
    ...Object.entries(settings).flatMap(([key, value]) => ['--set', `broker.${key}=${value}`]),
  ])
  const client = connectClient(t, namesrv)
  await routeTo(client, started.listen['broker'] ?? '')
  const { kill } = started
  return { client, address: started.listen['broker'] ?? '', kill }
}

export async function startApache(t: ExecutionContext, site: Site) {
  const { namesrv, store, home } = site
  const settings = {
    ...shared,
    storePathRootDir: store,
    storePathCommitLog: join(store, 'commitlog'),
    // However full this machine's disk is.
    cleanFileForciblyEnable: false,
    ...site.settings,
  }
  const started = await startApacheBroker(t, join(home, 'apache'), namesrv, settings)
  const client = connectClient(t, namesrv)
  await routeTo(client, started.address)
  return { client, stop: started.stop, kill: started.kill }
}

/** The name server may still know the broker that was there before. */
async function routeTo(client: MqClient, address: string): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const masters = await client.masters().catch(() => undefined)
    if (masters?.get(broker)?.addresses.get(0) === address) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`${address} has not registered`)
}
