// `rocketway topic …`.

import { Option } from 'commander'
import { MqError } from '../../base/errors.ts'
import {
  type ClusterOptions,
  clusterCommand,
  noun,
  printDone,
  printOne,
  printRows,
  wholeNumber,
} from './cluster-command.ts'

type CreateOptions = ClusterOptions & {
  readonly queues: string
  readonly perm: string
  readonly type?: string
  readonly broker: readonly string[]
  readonly order?: boolean
}

const list = clusterCommand(
  'list',
  'All topics, without those of the system.',
  ['rocketway topic list', 'rocketway topic list --all --json'],
  async (client, options: ClusterOptions & { all?: boolean }) => {
    const topics = [...(await client.topics())].sort()
    const own = new Set(
      (await client.inspection.brokers()).flatMap(({ name, cluster }) => [name, cluster]),
    )
    const shown = topics.filter((topic) => options.all || !(isOfTheSystem(topic) || own.has(topic)))
    printRows(
      shown.map((topic) => ({ topic })),
      options,
    )
  },
).option('--all', 'also topics of the system, of retries and of dead letters')

const create = clusterCommand(
  'create <topic>',
  'Creates a topic, or changes it.',
  ['rocketway topic create orders --queues 8', 'rocketway topic create steps --type FIFO'],
  async (client, options: CreateOptions, topic: string) => {
    const queues = wholeNumber(options.queues, '--queues', 1)
    await client.createTopic(
      {
        name: topic,
        readQueues: queues,
        writeQueues: queues,
        perm: wholeNumber(options.perm, '--perm'),
        order: options.order ?? false,
        attributes: new Map(options.type ? [['message.type', options.type]] : []),
      },
      options.broker.length > 0 ? options.broker : undefined,
    )
    printDone(`the topic ${topic} is there`, options)
  },
)
  .option('--queues <n>', 'queues on each broker', '4')
  .option('--perm <n>', '4 read, 2 write', '6')
  .addOption(
    new Option('--type <type>', 'what messages it takes').choices([
      'NORMAL',
      'FIFO',
      'DELAY',
      'TRANSACTION',
      'MIXED',
    ]),
  )
  .option('--order', 'its queues stay where they are when a broker is gone')
  .option(
    '--broker <name>',
    'only there; may be repeated',
    (one, all: string[]) => [...all, one],
    [],
  )

const describe = clusterCommand(
  'describe <topic>',
  'The settings of a topic, and its queues.',
  ['rocketway topic describe orders', 'rocketway topic describe orders --json | jq .queues'],
  async (client, options: ClusterOptions, topic: string) => {
    const { attributes, ...settings } = await client.topicSettings(topic)
    const queues = await client.inspection.topicStats(topic)
    const messages = queues.reduce((sum, one) => sum + one.maxOffset - one.minOffset, 0)
    const shown = { ...settings, attributes: Object.fromEntries(attributes), messages }
    if (options.json) {
      printOne({ ...shown, queues }, options)
      return
    }
    printOne(shown, options)
    printRows(queues, options)
  },
)

const remove = clusterCommand(
  'delete <topic>',
  'Deletes a topic with its queues. Its messages are lost.',
  ['rocketway topic delete orders --yes'],
  async (client, options: ClusterOptions & { yes?: boolean }, topic: string) => {
    if (!options.yes) {
      throw new MqError('invalid-argument', 'nothing was deleted: --yes does it', { topic })
    }
    // A name that is not there is said to be missing, not deleted.
    await client.route(topic)
    await client.inspection.deleteTopic(topic)
    printDone(`the topic ${topic} is gone`, options)
  },
).option('--yes', 'do it')

/** Source: TopicValidator's set, and the prefixes of topics that brokers make. */
function isOfTheSystem(topic: string): boolean {
  return /^(%RETRY%|%DLQ%|rmq_sys_|RMQ_SYS_|SCHEDULE_TOPIC_XXXX$|TBW102$|BenchmarkTest$|SELF_TEST_TOPIC$|OFFSET_MOVED_EVENT$|TRANS_CHECK_MAX_TIME_TOPIC$|CHECKPOINT_TOPIC$)|_REPLY_TOPIC$/.test(
    topic,
  )
}

export const topicCommand = () =>
  noun('topic', 'topics: list, create, describe, delete', [list, create, describe, remove])
