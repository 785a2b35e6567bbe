// `rocketway key …`: the API keys of a gateway, in its keys file. A key is shown once, when it is
// made; the file has its digest. The gateway takes over the file at its start and on SIGHUP.

import { existsSync, readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addKey, type KeyView, listKeys, removeKey } from '../../../gateway/identity/keys-file.ts'
import { MqError } from '../../base/errors.ts'
import { systemClock } from '../../host/system-clock.ts'
import { systemRandom } from '../../host/system-random.ts'
import { replaceSecret } from '../key-file.ts'
import { collect, noun, print, printRows, sayRefusal } from './cluster-command.ts'

type FileOptions = { readonly file: string; readonly json?: boolean }
type CreateOptions = FileOptions & {
  readonly subject: string
  readonly namespace?: string
  readonly admin?: boolean
  readonly role: readonly string[]
  readonly from: readonly string[]
  readonly expires?: string
  readonly signing?: boolean
}

const dayMs = 86_400_000

/** Runs what a verb does, and says what was refused. */
const saying =
  <A extends unknown[]>(run: (...given: A) => void) =>
  (...given: A): void => {
    try {
      run(...given)
    } catch (error) {
      sayRefusal(error)
    }
  }

function verb(usage: string, summary: string, examples: readonly string[]): Command {
  return new Command(usage)
    .summary(summary)
    .description(summary)
    .requiredOption('-f, --file <path>', 'the keys file')
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      `\nExamples:\n${examples.map((one) => `  $ rocketway ${one}`).join('\n')}`,
    )
}

const create = verb('create', 'makes a key and shows it, this once', [
  'key create -f keys.json --subject billing --role reader --expires 90d',
  'key create -f keys.json --subject ops --admin --from 10.0.0.0/8',
])
  .requiredOption('--subject <name>', 'whose it is, for logs and the audit')
  .option('--namespace <name>', 'the namespace it is within')
  .option('--admin', 'may do everything everywhere')
  .option('--role <name>', 'of the roles in the file; may be repeated', collect, [])
  .option('--from <address>', 'address or range it may come from; may be repeated', collect, [])
  .option('--expires <when>', 'days from now (90d), or a time')
  .option('--signing', 'with a secret that gRPC calls are signed with')
  .action(
    saying((options: CreateOptions) => {
      const { file, subject, namespace, admin, signing, role, from, expires, json } = options
      const made = addKey(
        existsSync(file) ? readFileSync(file, 'utf8') : undefined,
        {
          subject,
          namespace,
          admin,
          signing,
          roles: role.length > 0 ? role : undefined,
          sourceIps: from.length > 0 ? from : undefined,
          expiresAt: expires === undefined ? undefined : timeOf(expires),
        },
        systemRandom,
      )
      replaceSecret(file, made.file)
      const { id, key, signingSecret } = made
      const shown = { id, key, ...(signingSecret !== undefined && { signingSecret }) }
      if (json) print(JSON.stringify(shown))
      else for (const [name, value] of Object.entries(shown)) print(`${name}: ${value}`)
    }),
  )

const list = verb('list', 'the keys of a file; never what opens a door', ['key list -f keys.json'])
list.action(
  saying((options: FileOptions) => {
    const keys = listKeys(readFileSync(options.file, 'utf8'))
    printRows(keys.map(rowOf), { ...options, namesrv: '' })
  }),
)

const rowOf = ({ id, subject, namespace, admin, roles, ...one }: KeyView) => ({
  ...{ id, subject, namespace },
  rights: admin ? 'administrator' : roles ? `roles: ${roles.join(' ')}` : 'all of its namespace',
  expires: one.expiresAt ?? 'never',
  from: one.sourceIps?.join(' ') ?? 'anywhere',
  signs: one.signing,
})

const revoke = verb('revoke', 'takes a key out of the file', ['key revoke -f keys.json 3f9c21aa'])
  .argument('<id>', 'the eight digits behind rwk_')
  .action(
    saying((id: string, { file }: FileOptions) => {
      replaceSecret(file, removeKey(readFileSync(file, 'utf8'), id))
      print(`${id} opens nothing from the next reload on`)
    }),
  )

export const keyCommand = (): Command =>
  noun('key', "a gateway's API keys, in its keys file", [create, list, revoke])

function timeOf(text: string): string {
  const days = /^(\d{1,4})d$/.exec(text)?.[1]
  const at = days === undefined ? Date.parse(text) : systemClock.now() + Number(days) * dayMs
  if (Number.isFinite(at)) return new Date(at).toISOString()
  throw new MqError('invalid-argument', '--expires must be days as 90d, or a time', {
    expires: text,
  })
}
