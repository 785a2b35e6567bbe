// Users and policies of brokers in memory: the directory that real brokers have, without the wire.

import { Directory, type UserChange } from '../../src/access/directory.ts'
import { MqError } from '../../src/base/errors.ts'
import type { Access, AccessPlace, AccessPolicy } from '../../src/client/access.ts'

const noFile = { load: () => undefined, save: async () => {} }

export class FakeAccess implements Pick<Access, keyof Access> {
  readonly #directories = new Map<string, Directory>()

  /** Of a broker; each begins with a super user `root`. */
  of(broker: string): Directory {
    const known = this.#directories.get(broker)
    if (known) return known
    const made = new Directory(noFile)
    made.load({ username: 'root', password: 'secret-of-root' })
    this.#directories.set(broker, made)
    return made
  }

  async users(place: AccessPlace, part?: string) {
    return this.#at(place).users(part).map(settingsOf)
  }

  async user(place: AccessPlace, username: string) {
    const found = this.#at(place).user(username)
    return found && settingsOf(found)
  }

  async createUser(place: AccessPlace, user: UserChange) {
    return this.#at(place).createUser(user)
  }

  async updateUser(place: AccessPlace, user: UserChange) {
    return this.#at(place).updateUser(user)
  }

  async deleteUser(place: AccessPlace, username: string) {
    return this.#at(place).deleteUser(username)
  }

  async policies(
    place: AccessPlace,
    { user, resource }: { user?: string | undefined; resource?: string | undefined },
  ) {
    return this.#at(place).acls(user, resource).flatMap(entriesOf)
  }

  async policiesOf(place: AccessPlace, username: string) {
    const acl = this.#at(place).acl(`User:${username}`)
    return acl ? entriesOf(acl) : []
  }

  async createPolicies(place: AccessPlace, policies: readonly AccessPolicy[]) {
    for (const { username, policyType, resource, actions, decision, sourceIps = [] } of policies) {
      const entries = [{ resource, actions, decision, sourceIps: [...sourceIps] }]
      await this.#at(place).mergeAcl({
        subject: `User:${username}`,
        policies: [{ policyType, entries }],
      })
    }
  }

  updatePolicies = this.createPolicies

  async deletePolicies(
    place: AccessPlace,
    username: string,
    { policyType, resource }: Parameters<Access['deletePolicies']>[2],
  ) {
    return this.#at(place).deleteAcl(`User:${username}`, policyType, resource)
  }

  #at(place: AccessPlace): Directory {
    if ('broker' in place) return this.of(place.broker)
    throw new MqError('not-implemented')
  }
}

const settingsOf = ({ username, userType, userStatus }: NonNullable<UserOf>) => ({
  username,
  userType,
  userStatus,
})
type UserOf = ReturnType<Directory['user']>

const entriesOf = ({ subject, policies }: ReturnType<Directory['acls']>[number]) =>
  policies.flatMap(({ policyType, entries }) =>
    entries.map((entry) => ({ username: subject.slice('User:'.length), policyType, ...entry })),
  )
