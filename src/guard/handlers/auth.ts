// Users and what they may do: made, changed, removed and looked at. A change is answered when it
// is on disk. What makes or unmakes super users is theirs alone; so are passwords, which are
// answered because `copyUser` of the tools needs them.
//
// Serves AUTH_CREATE_USER … AUTH_LIST_USER, AUTH_CREATE_ACL … AUTH_LIST_ACL, on brokers and
// name servers alike: each keeps its own. Source: AdminBrokerProcessor, UserConverter,
// AclConverter.

import type { Directory, User } from '../../access/directory.ts'
import { aclBody, policyTypeOf, userBody } from '../../access/shapes.ts'
import { MqError } from '../../base/errors.ts'
import type { Log } from '../../base/log.ts'
import { parseLooseJson } from '../../base/loose-json.ts'
import {
  authCreateAcl,
  authCreateUser,
  authDeleteAcl,
  authDeleteUser,
  authGetAcl,
  authGetUser,
  authListAcl,
  authListUsers,
  authUpdateAcl,
  authUpdateUser,
} from '../../protocol/requests/auth.ts'
import type { Call } from '../../remoting/call.ts'
import { type Handler, handlerFor } from '../../remoting/dispatch.ts'

export type AuthPorts = {
  readonly directory: Pick<
    Directory,
    | 'user'
    | 'users'
    | 'createUser'
    | 'updateUser'
    | 'deleteUser'
    | 'acl'
    | 'acls'
    | 'mergeAcl'
    | 'deleteAcl'
  >
  readonly log: Log
}

const handle = handlerFor<AuthPorts>()

const onCreateUser = handle(authCreateUser, ({ username }, { directory, log }, call) => {
  const change = userChange(username, call)
  if (change.userType === 'Super') checkSuper(call, 'create')
  return done(directory.createUser(change), log, 'user-created', { username }, call)
})

const onUpdateUser = handle(authUpdateUser, ({ username }, { directory, log }, call) => {
  const change = userChange(username, call)
  const known = directory.user(change.username)
  if (change.userType === 'Super' || known?.userType === 'Super') checkSuper(call, 'change')
  return done(directory.updateUser(change), log, 'user-updated', { username }, call)
})

const onDeleteUser = handle(authDeleteUser, ({ username }, { directory, log }, call) => {
  const name = named(username, 'username')
  if (directory.user(name)?.userType === 'Super') checkSuper(call, 'delete')
  return done(directory.deleteUser(name), log, 'user-deleted', { username }, call)
})

const onGetUser = handle(authGetUser, ({ username }, { directory }, call) => {
  const user = directory.user(named(username, 'username'))
  return user ? json(shown(user, call)) : {}
})

const onListUsers = handle(authListUsers, ({ filter }, { directory }, call) => {
  const users = directory.users(filter ?? '')
  return users.length > 0 ? json(users.map((user) => shown(user, call))) : {}
})

const onCreateAcl = handle(authCreateAcl, ({ subject }, ports, call) =>
  mergeAcl(subject, ports, call),
)

const onUpdateAcl = handle(authUpdateAcl, ({ subject }, ports, call) =>
  mergeAcl(subject, ports, call),
)

/** Making policies that are there already changes them, as in Apache. */
function mergeAcl(subject: string | undefined, { directory, log }: AuthPorts, call: Call) {
  const name = named(subject, 'subject')
  const { policies } = bodyOf(aclBody, call)
  const saved = directory.mergeAcl({ subject: name, policies })
  return done(saved, log, 'acl-changed', { subject }, call)
}

const onDeleteAcl = handle(authDeleteAcl, (header, { directory, log }, call) => {
  const subject = named(header.subject, 'subject')
  const type = header.policyType ? policyTypeOf(header.policyType) : undefined
  const saved = directory.deleteAcl(subject, type, header.resource)
  return done(saved, log, 'acl-deleted', { subject }, call)
})

const onGetAcl = handle(authGetAcl, ({ subject }, { directory }) => {
  const acl = directory.acl(named(subject, 'subject'))
  return acl ? json(acl) : {}
})

const onListAcl = handle(authListAcl, ({ subjectFilter, resourceFilter }, { directory }) => {
  const acls = directory.acls(subjectFilter, resourceFilter)
  return acls.length > 0 ? json(acls) : {}
})

function named(name: string | undefined, what: string): string {
  if (name) return name
  throw new MqError('invalid-argument', `the ${what} is blank`)
}

function userChange(username: string | undefined, call: Call) {
  const { password, userType, userStatus } = bodyOf(userBody, call)
  return {
    username: named(username, 'username'),
    ...(password && { password }),
    ...(userType && { userType }),
    ...(userStatus && { userStatus }),
  }
}

function bodyOf<T>(
  shape: { safeParse(value: unknown): { success: boolean; data?: T } },
  { body }: Call,
): T {
  const parsed = shape.safeParse(parseLooseJson(Buffer.from(body).toString('utf8')))
  if (parsed.success && parsed.data !== undefined) return parsed.data
  throw new MqError('malformed-body', 'the body has another shape')
}

/** Where everything is open, anybody may make the first. */
function checkSuper({ caller }: Call, what: string): void {
  if (caller === undefined || caller.isSuper) return
  throw new MqError('permission-denied', `a super user can only be ${what}d by a super user`)
}

/** A password opens everything its user may do: nobody below sees it. */
const shown = ({ password, ...user }: User, { caller }: Call) =>
  caller === undefined || caller.isSuper ? { ...user, password } : user

const json = (value: unknown) => ({ body: Buffer.from(JSON.stringify(value)) })

async function done(
  saved: Promise<void>,
  log: Log,
  event: string,
  fields: Readonly<Record<string, unknown>>,
  call: Call,
) {
  await saved
  log.info(event, { ...fields, by: call.caller?.name, remote: call.peer.remote.host })
  return {}
}

export const authHandlers: readonly Handler<AuthPorts>[] = [
  onCreateUser,
  onUpdateUser,
  onDeleteUser,
  onGetUser,
  onListUsers,
  onCreateAcl,
  onUpdateAcl,
  onDeleteAcl,
  onGetAcl,
  onListAcl,
]
