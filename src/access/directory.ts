// Users and what they may do, in one file that is replaced whole: of a broker, a namesrv, or
// anything else that asks who may what. The secrets in it are what requests are signed with,
// so they are kept as they are: the file is for its owner only.
//
// Source: AuthenticationMetadataManagerImpl, AuthorizationMetadataManagerImpl, Acl.updatePolicy.

import { MqError } from '../base/errors.ts'
import type { Policy, PolicyEntry, PolicyType } from './policy.ts'
import { parsePattern, printPattern } from './resource.ts'
import {
  type AclInfo,
  fileShape,
  type PrintedAcl,
  policiesOf,
  printAcl,
  type UserInfo,
} from './shapes.ts'

/** A state file that is replaced whole; src/base/json-file.ts is one. */
export type DirectoryFile = {
  load<T>(parse: (value: unknown) => T): T | undefined
  /** Durable once resolved. */
  save(snapshot: () => unknown): Promise<void>
}

export type User = {
  readonly username: string
  readonly password: string
  readonly userType: 'Super' | 'Normal'
  readonly userStatus: 'enable' | 'disable'
}

/** What is given to make or change a user; what is absent stays or takes its default. */
export type UserChange = { readonly username: string } & Partial<Omit<User, 'username'>>

const usersMax = 10_000
const entriesMax = 1000
const namePattern = /^[\w.@-]{1,64}$/
const passwordLengthMax = 256
const subjectPrefix = 'User:'

export class Directory {
  readonly #file: DirectoryFile
  #users = new Map<string, User>()
  /** By username. */
  #acls = new Map<string, readonly Policy[]>()

  constructor(file: DirectoryFile) {
    this.#file = file
  }

  /** Reads the file; `first` is made a super user where there is none yet. */
  load(first?: { readonly username: string; readonly password: string }): void {
    const kept = this.#file.load((value) => fileShape.parse(value))
    for (const user of kept?.users ?? []) this.#users.set(user.username, user)
    for (const acl of kept?.acls ?? []) this.#acls.set(usernameOf(acl.subject), policiesOf(acl))
    if (first && !this.#users.has(first.username)) {
      this.#put({ ...checkedName(first), userType: 'Super', userStatus: 'enable' })
    }
  }

  /** Whether there is any credential at all. */
  get isEmpty(): boolean {
    return this.#users.size === 0
  }

  user(username: string): User | undefined {
    return this.#users.get(username)
  }

  policies(username: string): readonly Policy[] {
    return this.#acls.get(username) ?? []
  }

  /** Those whose names contain the text. */
  users(part = ''): readonly User[] {
    return [...this.#users.values()].filter(({ username }) => username.includes(part))
  }

  acl(subject: string): PrintedAcl | undefined {
    const policies = this.#acls.get(usernameOf(subject))
    return policies && printAcl(subject, policies)
  }

  acls(subjectPart = '', resourcePart = ''): readonly PrintedAcl[] {
    return [...this.#acls]
      .map(([username, policies]) => printAcl(`${subjectPrefix}${username}`, policies))
      .filter(({ subject }) => subject.includes(subjectPart))
      .map((acl) => withResource(acl, resourcePart))
      .filter(({ policies }) => policies.length > 0)
  }

  /** Durable once resolved, as every change. Throws `already-exists` and `invalid-argument`. */
  createUser(change: UserChange): Promise<void> {
    if (this.#users.has(change.username)) throw new MqError('already-exists', 'the user exists')
    if (this.#users.size >= usersMax) {
      throw new MqError('rate-limited', 'there are too many users', { usersMax })
    }
    const { password, userType = 'Normal', userStatus = 'enable' } = change
    if (password === undefined) throw new MqError('invalid-argument', 'the password is blank')
    const user = checkedName({ username: change.username, password, userType, userStatus })
    // With the first user the doors close: it has to be one who can open them.
    if (this.isEmpty && !isActiveSuper(user)) {
      throw new MqError('invalid-argument', 'the first user must be a super user')
    }
    this.#put(user)
    return this.#saved()
  }

  updateUser(change: UserChange): Promise<void> {
    const known = this.#found(change.username)
    const { password = known.password, userType = known.userType } = change
    const { userStatus = known.userStatus } = change
    const user = checkedName({ username: known.username, password, userType, userStatus })
    if (!isActiveSuper(user)) this.#keepOneSuper(known)
    this.#put(user)
    return this.#saved()
  }

  /** With its policies. A user that is not there is deleted already. */
  deleteUser(username: string): Promise<void> {
    const known = this.#users.get(username)
    if (known) this.#keepOneSuper(known)
    this.#users.delete(username)
    this.#acls.delete(username)
    return this.#saved()
  }

  /** Entries for resources that the policies name already are replaced, others added. */
  mergeAcl(acl: AclInfo): Promise<void> {
    const { username } = this.#found(usernameOf(acl.subject))
    const given = policiesOf(acl)
    if (given.length === 0) throw new MqError('invalid-argument', 'the policies are empty')
    const merged = merge(this.#acls.get(username) ?? [], given)
    if (merged.reduce((count, { entries }) => count + entries.length, 0) > entriesMax) {
      throw new MqError('rate-limited', 'a user has too many policy entries', { entriesMax })
    }
    this.#acls.set(username, merged)
    return this.#saved()
  }

  /** All of them, those of a type, or those for one resource. */
  deleteAcl(subject: string, policyType?: PolicyType, resource?: string): Promise<void> {
    const username = usernameOf(subject)
    const policies = this.#acls.get(username)
    if (!policies) throw new MqError('invalid-argument', 'the acl does not exist', { subject })
    const key = resource ? printPattern(parsePattern(resource)) : undefined
    const left = policies
      .map((policy) => {
        if (policyType !== undefined && policy.policyType !== policyType) return policy
        const entries = policy.entries.filter(
          (entry) => key !== undefined && printPattern(entry.resource) !== key,
        )
        return { ...policy, entries }
      })
      .filter(({ entries }) => entries.length > 0)
    if (left.length > 0) this.#acls.set(username, left)
    else this.#acls.delete(username)
    return this.#saved()
  }

  #put(user: User): void {
    this.#users.set(user.username, user)
  }

  #found(username: string): User {
    const user = this.#users.get(username)
    if (!user) throw new MqError('invalid-argument', 'the user does not exist')
    return user
  }

  /** Nobody could undo it, or, with the last user, everybody could do everything. */
  #keepOneSuper(without: User): void {
    const others = [...this.#users.values()].filter((user) => user !== without)
    if (others.some(isActiveSuper) || !isActiveSuper(without)) return
    throw new MqError('invalid-argument', 'the last super user has to stay one')
  }

  #saved(): Promise<void> {
    return this.#file.save(() => ({
      users: [...this.#users.values()] satisfies UserInfo[],
      acls: this.acls(),
    }))
  }
}

const isActiveSuper = ({ userType, userStatus }: User): boolean =>
  userType === 'Super' && userStatus === 'enable'

/** The name in `User:name`. Throws `invalid-argument`. */
function usernameOf(subject: string): string {
  const name = subject.startsWith(subjectPrefix) ? subject.slice(subjectPrefix.length) : ''
  if (namePattern.test(name)) return name
  throw new MqError('invalid-argument', 'not a subject like User:name')
}

function checkedName<U extends { readonly username: string; readonly password: string }>(
  user: U,
): U {
  if (!namePattern.test(user.username)) {
    throw new MqError('invalid-argument', 'the username is blank or has illegal characters')
  }
  if (user.password === '' || user.password.length > passwordLengthMax) {
    throw new MqError('invalid-argument', 'the password is blank or too long')
  }
  return user
}

function merge(known: readonly Policy[], given: readonly Policy[]): Policy[] {
  const byType = new Map<PolicyType, Map<string, PolicyEntry>>()
  for (const { policyType, entries } of [...known, ...given]) {
    const byResource = byType.get(policyType) ?? new Map<string, PolicyEntry>()
    byType.set(policyType, byResource)
    for (const entry of entries) byResource.set(printPattern(entry.resource), entry)
  }
  return [...byType].map(([policyType, entries]) => ({
    policyType,
    entries: [...entries.values()],
  }))
}

function withResource(acl: PrintedAcl, part: string): PrintedAcl {
  if (part === '') return acl
  const policies = acl.policies
    .map((policy) => ({
      ...policy,
      entries: policy.entries.filter(({ resource }) => resource.includes(part)),
    }))
    .filter(({ entries }) => entries.length > 0)
  return { ...acl, policies }
}
