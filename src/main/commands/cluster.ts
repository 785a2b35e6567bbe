// `rocketway cluster …`.

import { type ClusterOptions, clusterCommand, noun, printRows } from './cluster-command.ts'

const list = clusterCommand(
  'list',
  'The brokers of the cluster and where they are.',
  ['rocketway cluster list'],
  async (client, options: ClusterOptions) => {
    const brokers = await client.inspection.brokers()
    printRows(
      brokers.flatMap(({ cluster, name, addresses }) =>
        [...addresses].map(([id, address]) => ({
          cluster,
          broker: name,
          id,
          role: id === 0 ? 'master' : 'slave',
          address,
        })),
      ),
      options,
    )
  },
)

export const clusterNoun = () => noun('cluster', 'the cluster: list', [list])
