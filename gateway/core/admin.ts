// The use cases of people and administrators, put together. Each has its file beside this one.

import * as access from './access.ts'
import type { Admin, AdminParts } from './admin-views.ts'
import { browse, messageById, queueStats, search } from './browse.ts'
import { brokerConfig, brokers, changeBrokerConfig, replicas } from './cluster-view.ts'
import { runningInfo, verify } from './consumer-commands.ts'
import { deadLetters, purge, resend } from './dead-letters.ts'
import { clients, groups, progress, seek } from './group-admin.ts'
import type { CorePorts } from './ports.ts'
import { route, subscriptions, timeSpans } from './subscriptions.ts'
import { changeTopic, deleteTopic } from './topic-admin.ts'

export function createAdmin(ports: CorePorts, core: AdminParts['core']): Admin {
  const parts: AdminParts = { ports, core }
  return {
    queues: (topic, call) => queueStats(topic, call, parts),
    browse: (range, call) => browse(range, call, parts),
    search: (input, call) => search(input, call, parts),
    messageById: (topic, id, call) => messageById(topic, id, call, parts),
    changeTopic: (name, queues, call) => changeTopic(name, queues, call, parts),
    deleteTopic: (name, call) => deleteTopic(name, call, parts),
    groups: (call) => groups(call, parts),
    progress: (group, call) => progress(group, call, parts),
    clients: (group, call) => clients(group, call, parts),
    runningInfo: (input, call) => runningInfo(input, call, parts),
    verify: (input, call) => verify(input, call, parts),
    subscriptions: (input, call) => subscriptions(input, call, parts),
    timeSpans: (group, topics, call) => timeSpans(group, topics, call, parts),
    route: (topic, call) => route(topic, call, parts),
    seek: (input, call) => seek(input, call, parts),
    deadLetters: (group, page, call) => deadLetters(group, page, call, parts),
    resend: (group, letters, call) => resend(group, letters, call, parts),
    purge: (group, call) => purge(group, call, parts),
    brokers: (call) => brokers(call, parts),
    replicas: (name, call) => replicas(name, call, parts),
    brokerConfig: (name, call) => brokerConfig(name, call, parts),
    changeBrokerConfig: (name, changes, call) => changeBrokerConfig(name, changes, call, parts),
    users: (call) => access.users(call, parts),
    user: (name, call) => access.user(name, call, parts),
    createUser: (name, change, call) => access.createUser(name, change, call, parts),
    changeUser: (name, change, call) => access.changeUser(name, change, call, parts),
    deleteUser: (name, call) => access.deleteUser(name, call, parts),
    policies: (resource, call) => access.policies(resource, call, parts),
    policiesOf: (name, call) => access.policiesOf(name, call, parts),
    putPolicies: (name, entries, call) => access.putPolicies(name, entries, call, parts),
    deletePolicies: (name, chosen, call) => access.deletePolicies(name, chosen, call, parts),
  }
}
