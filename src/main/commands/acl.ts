// `rocketway acl …`: users, and what their policies allow. Brokers and name servers keep their
// own: a command is for all masters, unless it names some.
//
// Secrets come from standard input or a file, never from the command line, and are never printed.

import { Option } from 'commander'
import { policyEntries } from '../../access/shapes.ts'
import { MqError } from '../../base/errors.ts'
import type { Access, AccessPlace, AccessPolicy } from '../../client/access.ts'
import type { Client } from '../../client/client.ts'
import {
  type ClusterOptions,
  clusterCommand,
  collect,
  nameServersOf,
  noun,
  printDone,
  printRows,
} from './cluster-command.ts'
import { firstLine } from './secrets.ts'

type PlaceOptions = ClusterOptions & {
  readonly broker: readonly string[]
  readonly nameservers?: boolean
}

type Given<O> = {
  readonly access: Access
  readonly places: readonly AccessPlace[]
  readonly options: O
}

function accessCommand<A extends unknown[], O extends PlaceOptions>(
  usage: string,
  summary: string,
  examples: readonly string[],
  run: (given: Given<O>, ...args: A) => Promise<void>,
) {
  return clusterCommand(usage, summary, examples, async (client, options: O, ...args: A) => {
    const places = await placesOf(client, options)
    await run({ access: client.access, places, options }, ...args)
  })
    .option('--broker <name>', 'only there; may be repeated', collect, [])
    .addOption(
      new Option('--nameservers', 'at the name servers, which keep their own').conflicts('broker'),
    )
}

async function placesOf(client: Client, options: PlaceOptions): Promise<readonly AccessPlace[]> {
  if (options.nameservers) return nameServersOf(options).map((nameServer) => ({ nameServer }))
  if (options.broker.length > 0) return options.broker.map((broker) => ({ broker }))
  const masters = [...(await client.masters()).keys()]
  if (masters.length === 0) throw new MqError('broker-unavailable', 'there is no broker')
  return masters.sort().map((broker) => ({ broker }))
}

const nameOf = (place: AccessPlace): string => ('broker' in place ? place.broker : place.nameServer)

/** Asks one place after the other; the first that refuses ends it, and is named. */
async function rowsOf<T extends object>(
  places: readonly AccessPlace[],
  ask: (place: AccessPlace) => Promise<readonly T[]>,
): Promise<(T & { readonly at: string })[]> {
  const rows: (T & { readonly at: string })[] = []
  for (const place of places) {
    const at = nameOf(place)
    const found = await ask(place).catch((error: unknown) => {
      if (!(error instanceof MqError)) throw error
      throw new MqError(error.failure, error.message, { ...error.detail, at }, { cause: error })
    })
    rows.push(...found.map((row) => ({ at, ...row })))
  }
  return rows
}

const change = (places: readonly AccessPlace[], make: (place: AccessPlace) => Promise<void>) =>
  rowsOf(places, async (place) => {
    await make(place)
    return []
  })

function checkFound(rows: readonly object[], detail: Record<string, string>): void {
  if (rows.length === 0) throw new MqError('not-found', undefined, detail)
}

// Users.

type UserOptions = PlaceOptions & {
  readonly type?: 'Normal' | 'Super'
  readonly status?: 'enable' | 'disable'
  readonly passwordFile?: string
}

const typeOption = () =>
  new Option('--type <type>', 'a super user may do everything').choices(['Normal', 'Super'])
const passwordOption = '--password-file <file>'

const listUsers = accessCommand(
  'list',
  'All users.',
  ['rocketway acl user list', 'rocketway acl user list --nameservers --json'],
  async ({ access, places, options }: Given<PlaceOptions & { readonly name?: string }>) => {
    printRows(await rowsOf(places, (place) => access.users(place, options.name)), options)
  },
).option('--name <part>', 'only those whose names contain it')

const getUser = accessCommand(
  'get <user>',
  'One user, without the secret.',
  ['rocketway acl user get alice'],
  async ({ access, places, options }: Given<PlaceOptions>, username: string) => {
    const rows = await rowsOf(places, async (place) => {
      const user = await access.user(place, username)
      return user ? [user] : []
    })
    checkFound(rows, { user: username })
    printRows(rows, options)
  },
)

const createUser = accessCommand(
  'create <user>',
  'Creates a user, whose secret is the first line of standard input.',
  [
    'rocketway acl user create alice < alice.secret',
    'rocketway acl user create root --type Super --password-file root.secret',
  ],
  async ({ access, places, options }: Given<UserOptions>, username: string) => {
    const password = await firstLine(options.passwordFile, 'the secret of the user: ')
    const userType = options.type ?? 'Normal'
    await change(places, (place) => access.createUser(place, { username, password, userType }))
    printDone(`the user ${username} is there`, options)
  },
)
  .addOption(typeOption())
  .option(passwordOption, 'its first line is the secret')

const updateUser = accessCommand(
  'update <user>',
  'Changes a user; what is not named stays.',
  [
    'rocketway acl user update alice --password-file new.secret',
    'rocketway acl user update alice --status disable',
  ],
  async ({ access, places, options }: Given<UserOptions>, username: string) => {
    const { type, status, passwordFile } = options
    if (type === undefined && status === undefined && passwordFile === undefined) {
      throw new MqError('invalid-argument', '--type, --status or --password-file: nothing to do')
    }
    const password = passwordFile === undefined ? undefined : await firstLine(passwordFile, '')
    const user = {
      username,
      ...(password !== undefined && { password }),
      ...(type && { userType: type }),
      ...(status && { userStatus: status }),
    }
    await change(places, (place) => access.updateUser(place, user))
    printDone(`the user ${username} is changed`, options)
  },
)
  .addOption(typeOption())
  .addOption(
    new Option('--status <status>', 'whether it may do anything').choices(['enable', 'disable']),
  )
  .option(passwordOption, 'its first line is the new secret; - is standard input')

const deleteUser = accessCommand(
  'delete <user>',
  'Deletes a user with its policies.',
  ['rocketway acl user delete alice --yes'],
  async (
    { access, places, options }: Given<PlaceOptions & { yes?: boolean }>,
    username: string,
  ) => {
    checkMeant(options, { user: username })
    await change(places, (place) => access.deleteUser(place, username))
    printDone(`the user ${username} is gone`, options)
  },
).option('--yes', 'do it')

// Policies.

type EntryOptions = PlaceOptions & {
  readonly resource: readonly string[]
  readonly actions: string
  readonly decision: string
  readonly from: readonly string[]
  readonly policyType: 'Custom' | 'Default'
}

const listPolicies = accessCommand(
  'list',
  'What policies allow and deny.',
  ['rocketway acl policy list', 'rocketway acl policy list --resource Topic:orders'],
  async ({
    access,
    places,
    options,
  }: Given<PlaceOptions & { readonly user?: string; readonly resource?: string }>) => {
    const { user, resource } = options
    printRows(await rowsOf(places, (place) => access.policies(place, { user, resource })), options)
  },
)
  .option('--user <part>', 'only of users whose names contain it')
  .option('--resource <part>', 'only for resources that contain it')

const getPolicies = accessCommand(
  'get <user>',
  'The policies of one user.',
  ['rocketway acl policy get alice'],
  async ({ access, places, options }: Given<PlaceOptions>, username: string) => {
    const rows = await rowsOf(places, (place) => access.policiesOf(place, username))
    checkFound(rows, { user: username })
    printRows(rows, options)
  },
)

const createPolicy = entryCommand(
  'create <user>',
  'Allows a user something, or denies it; what is said of a resource already is replaced.',
  [
    'rocketway acl policy create alice --resource Topic:orders --actions Pub,Sub',
    'rocketway acl policy create alice --resource Group:billing --actions Sub --from 10.0.0.0/8',
  ],
  (access, place, policies) => access.createPolicies(place, policies),
)

const updatePolicy = entryCommand(
  'update <user>',
  'Changes what is said of a resource.',
  ['rocketway acl policy update alice --resource Topic:orders --actions Pub --decision Deny'],
  (access, place, policies) => access.updatePolicies(place, policies),
)

function entryCommand(
  usage: string,
  summary: string,
  examples: readonly string[],
  put: (access: Access, place: AccessPlace, policies: readonly AccessPolicy[]) => Promise<void>,
) {
  return accessCommand(
    usage,
    summary,
    examples,
    async ({ access, places, options }: Given<EntryOptions>, username: string) => {
      const policies = policiesIn(options, username)
      await change(places, (place) => put(access, place, policies))
      printDone(`the policies of ${username} are in force`, options)
    },
  )
    .requiredOption(
      '--resource <resource>',
      'Topic:name, Topic:pre*, Group:name, Cluster:*, *; may be repeated',
      collect,
      [],
    )
    .requiredOption(
      '--actions <actions>',
      'Pub, Sub, Create, Update, Delete, Get, List or All, joined by commas',
    )
    .addOption(new Option('--decision <decision>').choices(['Allow', 'Deny']).default('Allow'))
    .option(
      '--from <address>',
      'an address or a range it is bound to; may be repeated',
      collect,
      [],
    )
    .addOption(
      new Option('--policy-type <type>', 'Custom ones come first')
        .choices(['Custom', 'Default'])
        .default('Custom'),
    )
}

function policiesIn(options: EntryOptions, username: string): readonly AccessPolicy[] {
  const parsed = policyEntries.safeParse(
    options.resource.map((resource) => ({
      resource,
      actions: options.actions.split(','),
      sourceIps: options.from,
      decision: options.decision,
    })),
  )
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new MqError('invalid-argument', `--${String(issue?.path[1])}: ${issue?.message}`)
  }
  return parsed.data.map((entry) => ({ username, policyType: options.policyType, ...entry }))
}

const deletePolicies = accessCommand(
  'delete <user>',
  'Takes back what policies say of a user: all of it, or of one resource.',
  ['rocketway acl policy delete alice --resource Topic:orders --yes'],
  async (
    {
      access,
      places,
      options,
    }: Given<
      PlaceOptions & {
        readonly resource?: string
        readonly policyType?: 'Custom' | 'Default'
        readonly yes?: boolean
      }
    >,
    username: string,
  ) => {
    const { resource, policyType } = options
    checkMeant(options, { user: username })
    await change(places, (place) =>
      access.deletePolicies(place, username, { resource, policyType }),
    )
    printDone(`the policies of ${username} are gone`, options)
  },
)
  .option('--resource <resource>', 'only this one')
  .addOption(new Option('--policy-type <type>').choices(['Custom', 'Default']))
  .option('--yes', 'do it')

function checkMeant({ yes }: { readonly yes?: boolean }, detail: Record<string, string>): void {
  if (!yes) throw new MqError('invalid-argument', 'nothing was deleted: --yes does it', detail)
}

export const aclCommand = () =>
  noun('acl', 'who may do what: user, policy', [
    noun('user', 'users: list, get, create, update, delete', [
      listUsers,
      getUser,
      createUser,
      updateUser,
      deleteUser,
    ]),
    noun('policy', 'what users may do: list, get, create, update, delete', [
      listPolicies,
      getPolicies,
      createPolicy,
      updatePolicy,
      deletePolicies,
    ]),
  ])
