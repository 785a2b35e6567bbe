// What `rocketway broker …` asks of a broker that runs; without a verb it starts one.

import {
  type ClusterOptions,
  clusterCommand,
  pairs,
  printDone,
  printOne,
} from './cluster-command.ts'

const status = clusterCommand(
  'status <broker>',
  "A broker's own figures, by Apache's names.",
  ['rocketway broker status broker-a', 'rocketway broker status broker-a --json | jq .putTps'],
  async (client, options: ClusterOptions, broker: string) => {
    printOne(sorted(await client.inspection.brokerFigures(broker)), options)
  },
)

const config = clusterCommand(
  'config <broker>',
  "A broker's settings in force.",
  ['rocketway broker config broker-a'],
  async (client, options: ClusterOptions, broker: string) => {
    printOne(sorted(await client.inspection.brokerConfig(broker)), options)
  },
)

const set = clusterCommand(
  'set <broker> <name=value...>',
  'Changes settings of a running broker, as long as it runs: those that may be changed.',
  ['rocketway broker set broker-a autoCreateTopicEnable=false'],
  async (client, options: ClusterOptions, broker: string, given: readonly string[]) => {
    await client.inspection.updateBrokerConfig(broker, pairs(given))
    printDone('the settings are in force', options)
  },
)

const sorted = (values: ReadonlyMap<string, string>) =>
  Object.fromEntries([...values].sort(([a], [b]) => a.localeCompare(b)))

export const brokerVerbs = [status, config, set]
