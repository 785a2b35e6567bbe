// `rocketway group …`.

import { MqError } from '../../base/errors.ts'
import {
  type ClusterOptions,
  clusterCommand,
  noun,
  printDone,
  printOne,
  printRows,
  timeOf,
  wholeNumber,
} from './cluster-command.ts'

const list = clusterCommand(
  'list',
  'All consumer groups, without those of the system.',
  ['rocketway group list'],
  async (client, options: ClusterOptions & { all?: boolean }) => {
    const groups = await client.inspection.groups()
    const shown = groups.filter((group) => options.all || !ofTheSystem.test(group))
    printRows(
      shown.map((group) => ({ group })),
      options,
    )
  },
).option('--all', 'also groups of the system')

/** Source: MixAll.isSysConsumerGroup, SubscriptionGroupManager.init. */
const ofTheSystem = /^(CID_RMQ_SYS_|CID_ONS|TOOLS_CONSUMER$|FILTERSRV_CONSUMER$|SELF_TEST_C_GROUP$)/

const create = clusterCommand(
  'create <group>',
  'Creates a consumer group, or changes it.',
  ['rocketway group create billing', 'rocketway group create steps --ordered --retries 3'],
  async (
    client,
    options: ClusterOptions & { retries?: string; ordered?: boolean },
    group: string,
  ) => {
    await client.inspection.createGroup(group, {
      ...(options.retries !== undefined && {
        retryMaxTimes: wholeNumber(options.retries, '--retries'),
      }),
      ...(options.ordered && { isOrdered: true }),
    })
    printDone(`the group ${group} is there`, options)
  },
)
  .option('--retries <n>', 'how often a message is tried again before it is a dead letter')
  .option('--ordered', 'it consumes in order')

const describe = clusterCommand(
  'describe <group>',
  'The settings of a group.',
  ['rocketway group describe billing'],
  async (client, options: ClusterOptions, group: string) => {
    printOne(await client.groupSettings(group), options)
  },
)

const lag = clusterCommand(
  'lag <group>',
  'How far the group has come in each queue, and what it has not read yet.',
  ['rocketway group lag billing', 'rocketway group lag billing --topic orders --json'],
  async (client, options: ClusterOptions & { topic?: string }, group: string) => {
    const progress = await client.inspection.progress(group, options.topic)
    const rows = progress.map((one) => ({ ...one, lag: one.maxOffset - one.committedOffset }))
    printRows(rows, options)
    if (options.json) return
    process.stderr.write(`${rows.reduce((sum, row) => sum + row.lag, 0)} messages are not read\n`)
  },
).option('--topic <topic>', 'only this one')

const clients = clusterCommand(
  'clients <group>',
  'The consumers of the group that are connected.',
  ['rocketway group clients billing'],
  async (client, options: ClusterOptions, group: string) => {
    printRows(await client.inspection.clients(group), options)
  },
)

const reset = clusterCommand(
  'reset <group> <topic>',
  'Sets where the group goes on reading. Consumers that are connected follow.',
  [
    'rocketway group reset billing orders --to earliest',
    'rocketway group reset billing orders --to 2026-11-28T12:00:00Z',
  ],
  async (client, options: ClusterOptions & { to: string }, group: string, topic: string) => {
    const named: Readonly<Record<string, number>> = { earliest: 0, latest: -1 }
    const timestamp = named[options.to] ?? timeOf(options.to, '--to')
    printRows(await client.inspection.seekByTime(group, topic, timestamp), options)
  },
).requiredOption('--to <time>', 'earliest, latest, or a time: ISO 8601 or milliseconds')

const remove = clusterCommand(
  'delete <group>',
  'Deletes a group with its offsets.',
  ['rocketway group delete billing --yes'],
  async (client, options: ClusterOptions & { yes?: boolean }, group: string) => {
    if (!options.yes) {
      throw new MqError('invalid-argument', 'nothing was deleted: --yes does it', { group })
    }
    await client.inspection.deleteGroup(group)
    printDone(`the group ${group} is gone`, options)
  },
).option('--yes', 'do it')

export const groupCommand = () =>
  noun('group', 'consumer groups: list, create, describe, lag, clients, reset, delete', [
    list,
    create,
    describe,
    lag,
    clients,
    reset,
    remove,
  ])
