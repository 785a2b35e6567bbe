// The words of `rocketway store`. What they do is in store-command.ts, loaded when asked for.

import { Command } from 'commander'
import type { StoreCommandOptions } from './store-command.ts'

const verbs = {
  inspect: {
    says: 'What is in a store: files, topics, queues, checkpoint. Reads only.',
    examples: ['inspect /var/lib/rocketway', 'inspect ~/store --json | jq .topics'],
  },
  verify: {
    says: 'Whether every record, queue entry and index entry agrees. Reads only.',
    examples: ['verify /var/lib/rocketway', 'verify ~/store --json || echo damaged'],
  },
  dump: {
    says: 'Messages as JSON, one a line, in the order of the log. Reads only.',
    examples: [
      'dump ~/store --topic Orders --queue 0 --offset 100-199',
      'dump ~/store --key order-17 --since 2026-01-31T12:00:00Z',
      'dump ~/store --no-body | wc -l',
    ],
  },
  repair: {
    says: 'Says what would repair a store that no broker has open; does it with --yes.',
    examples: ['repair ~/store', 'repair ~/store --yes', 'repair ~/store --yes --cut'],
  },
} as const

const usage = 2
const exitCodes = `
Exit codes: 0 fine, 1 problems were found, 2 wrong usage, 3 not a store, 4 a broker has it open`

export function storeCommand(): Command {
  const store = new Command('store')
    .summary('looks at a store, checks, dumps and repairs it')
    .description("Looks at the folder of a store, of this broker or of Apache's.")
    .addHelpText('after', exitCodes)
  for (const verb of ['inspect', 'verify', 'dump', 'repair'] as const) store.addCommand(one(verb))
  return store
}

function one(verb: keyof typeof verbs): Command {
  const { says, examples } = verbs[verb]
  const command = new Command(verb)
    .description(says)
    .argument('<dir>', 'the store: the folder with commitlog in it')
    .option('--commitlog <dir>', 'where the log is when not in <dir>/commitlog')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : usage))
    .addHelpText('after', exitCodes)
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((text) => `  $ rocketway store ${text}`).join('\n')}`,
    )
    .action(async (root: string, options: StoreCommandOptions) => {
      const commands = await import('./store-command.ts')
      await commands[verb](root, options)
    })
  if (verb !== 'dump') command.option('--json', 'the answer as one JSON object')
  if (verb === 'verify' || verb === 'repair') {
    command.option(
      '--delay-levels <levels>',
      "the broker's messageDelayLevel, when not the default",
    )
  }
  if (verb === 'repair') {
    command.option('--yes', 'do it')
    command.option('--cut', 'also when good records behind damage are lost by it')
  }
  return verb === 'dump' ? withFilters(command) : command
}

function withFilters(command: Command): Command {
  return command
    .option('--topic <name>')
    .option('--queue <id>')
    .option('--offset <from-to>', 'offsets in the queue, or one')
    .option('--key <key>', 'one of its keys, or its unique id')
    .option('--since <time>', 'stored at or after: ISO 8601, or milliseconds')
    .option('--until <time>', 'stored at or before')
    .option('--limit <n>', 'at most so many')
    .option('--no-body', 'without the bodies')
}
