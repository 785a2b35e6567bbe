// @ts-check
// The page at `/`: send to a topic, watch a topic. A client of the public API like any other.
// What a message says is only ever set as text.

import { connect, RocketwayError } from './rocketway.js'

/** @import { Body, Message, Problem, State, Subscription } from './rocketway.js' */

const rowsMax = 500
const rateMs = 1000

/** @type {{ topic: string, group: string | undefined, byHand: boolean, subscription: Subscription | undefined, isPaused: boolean, isOver: boolean } | undefined} */
let watching
/** @type {Message[]} */
let arrived = []
/** @type {WeakMap<Message, Promise<void>>} */
const acks = new WeakMap()
let received = 0
let receivedBefore = 0
let drawn = 0
/** @type {ReturnType<typeof connect>} */
let mq

/** @template {HTMLElement} T @param {string} id @returns {T} */
const element = (id) => /** @type {T} */ (document.getElementById(id))
/** @param {string} id */
const input = (id) => /** @type {HTMLInputElement} */ (element(id))
/** @param {string} name */
const choice = (name) =>
  /** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]:checked`)).value

const place = new URL('./', location.href)

function open() {
  mq?.close()
  const url = new URL('v1/ws', place)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const token = input('token').value
  mq = connect({ url, client: 'page', onState: showConnection, ...(token && { token }) })
  if (watching) watch()
  void listTopics()
}

/** @param {State} state */
function showConnection(state) {
  element('connection').dataset['state'] = state.name
  const why = 'reason' in state && state.reason ? `: ${state.reason}` : ''
  element('connection-text').textContent = {
    connecting: 'connecting',
    open: 'connected',
    waiting: `connection lost${why}, trying again`,
    closed: `disconnected${why}`,
  }[state.name]
  element('reconnect').hidden = state.name !== 'waiting' && state.name !== 'closed'
  if (state.name === 'closed' && state.code === 4401) element('token-form').hidden = false
  showState()
}

// Sending

/** @returns {{ body: Body, form: string }} */
function bodyOf() {
  const text = input('body').value
  try {
    return { body: { json: JSON.parse(text) }, form: 'Valid JSON: sent as application/json' }
  } catch {
    return { body: { text }, form: 'Not JSON: sent as text/plain' }
  }
}

/** What both ways of sending and the curl line are made from. */
function message() {
  const keys = input('keys').value.split(/\s+/).filter(Boolean)
  const { body } = bodyOf()
  return {
    topic: input('topic').value.trim(),
    raw: input('body').value,
    contentType: 'json' in body ? 'application/json' : 'text/plain;charset=utf-8',
    body,
    tag: input('tag').value.trim(),
    keys,
    orderingKey: input('ordering-key').value.trim(),
  }
}

/** @param {ReturnType<typeof message>} what */
const headersOf = ({ contentType, tag, keys, orderingKey }) => ({
  'content-type': contentType,
  ...(tag && { 'Mq-Tag': tag }),
  ...(keys.length > 0 && { 'Mq-Keys': keys.join(' ') }),
  ...(orderingKey && { 'Mq-Ordering-Key': orderingKey }),
})

/** @param {string} topic */
const sendUrl = (topic) => new URL(`v1/topics/${encodeURIComponent(topic)}/messages`, place)

/** @param {ReturnType<typeof message>} what */
async function post(what) {
  const response = await fetch(sendUrl(what.topic), {
    method: 'POST',
    headers: { ...headersOf(what), ...authorization() },
    body: what.raw,
  })
  const answer = await response.json()
  if (!response.ok) throw new RocketwayError(answer)
  return answer
}

/** @returns {Record<string, string>} */
function authorization() {
  const token = input('token').value
  return token === '' ? {} : { authorization: `Bearer ${token}` }
}

/** @param {ReturnType<typeof message>} what */
function publish({ topic, body, tag, keys, orderingKey }) {
  const more = { ...(tag && { tag }), ...(orderingKey && { orderingKey }) }
  return mq.publish({ topic, body, keys, ...more })
}

async function send() {
  const what = message()
  const copies = input('copies').valueAsNumber
  const way = choice('way') === 'post' ? post : publish
  const button = /** @type {HTMLButtonElement} */ (element('send-button'))
  button.disabled = true
  const started = performance.now()
  try {
    if (copies === 1) {
      const { queueId, queueOffset, broker } = await way(what)
      const ms = Math.round(performance.now() - started)
      tell('good', `Stored at offset ${queueOffset} of queue ${queueId} on ${broker}, in ${ms} ms`)
    } else {
      await sendCopies(copies, () => way(what))
      const ms = Math.round(performance.now() - started)
      tell('good', `Stored ${copies} messages in ${ms} ms`)
    }
    if (watching?.isOver && watching.topic === what.topic) watch()
    void listTopics()
  } catch (error) {
    tell('bad', explain(error))
  } finally {
    button.disabled = false
  }
}

/** A few at a time. @param {number} copies @param {() => Promise<unknown>} sendOne */
async function sendCopies(copies, sendOne) {
  let left = copies
  const worker = async () => {
    while (left > 0) {
      left--
      await sendOne()
      tell('', `Sending, ${left} to go`)
    }
  }
  await Promise.all(Array.from({ length: Math.min(8, copies) }, worker))
}

/** @param {string} state @param {string} text */
function tell(state, text) {
  element('result').dataset['state'] = state
  element('result').textContent = text
}

/** @param {unknown} error */
function explain(error) {
  if (!(error instanceof RocketwayError)) return `The gateway cannot be reached (${error})`
  const { title, detail, retryable, outcome } = error.problem
  const parts = [detail && detail !== title ? `${title}: ${detail}` : title]
  if (outcome === 'unknown') parts.push('it may be stored all the same')
  if (retryable) parts.push('trying again may help')
  return parts.join('; ')
}

/** @param {string} text */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`

function showCurl() {
  const what = message()
  const headers = Object.entries(headersOf(what)).map(
    ([name, value]) => `  -H ${quoted(`${name}: ${value}`)}`,
  )
  const url = sendUrl(what.topic || 'TOPIC')
  const lines = [`curl ${quoted(url.href)}`, ...headers, `  --data-binary ${quoted(what.raw)}`]
  element('curl').textContent = lines.join(' \\\n')
  element('body-form').textContent = bodyOf().form
}

async function listTopics() {
  try {
    const response = await fetch(new URL('v1/topics', place), { headers: authorization() })
    if (!response.ok) return
    const { items } = await response.json()
    const options = items.map((/** @type {{ name: string }} */ { name }) => {
      const option = document.createElement('option')
      option.value = name
      return option
    })
    element('topics').replaceChildren(...options)
  } catch {
    // The list is a convenience; the connection state says what is wrong.
  }
}

// Watching

function toggleWatch() {
  if (watching && !watching.isOver) return stop()
  const topic = input('topic')
  if (!topic.reportValidity()) return
  clear()
  const group = choice('mode') === 'group' ? input('group').value.trim() : undefined
  const byHand = group !== undefined && input('ack').value === 'hand'
  watching = {
    topic: topic.value.trim(),
    group,
    byHand,
    subscription: undefined,
    isPaused: false,
    isOver: false,
  }
  watch()
}

/** Subscribes as the form says, on whatever connection there is. */
function watch() {
  if (!watching) return
  // Of a topic that did not exist when watching began, every message is a new one.
  const start = watching.isOver ? 'earliest' : choice('mode')
  const { topic, group } = watching
  const filter = input('filter').value.trim()
  const cursor = watching.subscription?.cursor
  watching.isOver = false
  element('problem').hidden = true
  watching.subscription = mq.subscribe({
    topic,
    ...(group === undefined
      ? { from: cursor === undefined ? start : { cursor } }
      : { group, maxInFlight: 256, onClose: 'release' }),
    ...(filter && { filter: { type: 'tag', expression: filter } }),
    onMessage: take,
    onState: showState,
    onError: (error) => {
      if (watching && !error.problem.retryable) watching.isOver = true
      showProblem(error.problem)
      showState()
    },
  })
  element('settle-head').hidden = group === undefined
  showState()
}

function stop() {
  watching?.subscription?.close()
  watching = undefined
  showState()
}

async function pause() {
  if (!watching?.subscription) return
  watching.isPaused = !watching.isPaused
  showState()
  const { subscription, isPaused } = watching
  await (isPaused ? subscription.pause() : subscription.resume()).catch(() => {})
}

/** @param {Message} message @param {Subscription} subscription */
function take(message, subscription) {
  if (subscription !== watching?.subscription && watching?.subscription) return
  received++
  element('problem').hidden = true
  arrived.push(message)
  if (arrived.length > rowsMax) arrived.shift()
  if (watching?.group !== undefined && !watching.byHand) {
    acks.set(message, subscription.ack(message))
  }
  if (drawn === 0) drawn = requestAnimationFrame(draw)
  // A hidden tab draws nothing, but goes on counting.
  if (document.hidden) element('received').textContent = received.toLocaleString('en')
}

function draw() {
  drawn = 0
  const isSettling = watching?.group !== undefined
  const rows = arrived.map((message) => row(message, isSettling)).reverse()
  arrived = []
  const table = element('messages')
  table.prepend(...rows)
  while (table.childElementCount > rowsMax) table.lastElementChild?.remove()
  element('empty').hidden = table.childElementCount > 0
  element('kept').hidden = table.childElementCount < rowsMax
  element('received').textContent = received.toLocaleString('en')
}

/** @param {Message} message @param {boolean} isSettling */
function row(message, isSettling) {
  const line = document.createElement('tr')
  line.className = 'new'
  line.dataset['queue'] = `${message.broker}/${message.queueId}`
  line.dataset['offset'] = message.queueOffset
  line.append(
    cell(message.storedAt.slice(11, 23), '', message.storedAt),
    cell(String(message.queueId), 'number', message.broker),
    cell(message.queueOffset, 'number'),
    cell(message.tag ?? '', 'cut'),
    cell(message.keys.join(' '), 'cut'),
    bodyCell(message),
  )
  if (isSettling) line.append(settleCell(message))
  return line
}

/** @param {string} text @param {string} kind @param {string} [title] */
function cell(text, kind, title) {
  const td = document.createElement('td')
  if (kind === 'cut') {
    const span = document.createElement('span')
    span.className = 'cut'
    span.textContent = span.title = text
    td.append(span)
  } else {
    td.className = kind
    td.textContent = text
    if (title !== undefined) td.title = title
  }
  return td
}

/** @param {Message} message */
function bodyCell(message) {
  const td = document.createElement('td')
  td.className = 'wide'
  const button = document.createElement('button')
  button.type = 'button'
  button.textContent = textOf(message.body, 0).slice(0, 300) || '(empty)'
  button.title = 'Show the whole message'
  button.addEventListener('click', () => showDetail(message))
  td.append(button)
  return td
}

/** @param {Message} message */
function settleCell(message) {
  const td = document.createElement('td')
  td.className = 'settle'
  const subscription = watching?.subscription
  const acked = acks.get(message)
  if (!subscription || acked) {
    const done = message.attempt === 1 ? 'acked' : `acked, attempt ${message.attempt}`
    acked?.then(
      () => td.replaceChildren(done),
      (error) => td.replaceChildren(explain(error)),
    )
    return td
  }
  /** @param {string} name @param {string} done @param {() => Promise<void>} run */
  const action = (name, done, run) => {
    const one = document.createElement('button')
    one.type = 'button'
    one.textContent = name
    one.addEventListener('click', async () => {
      const label = document.createElement('span')
      label.textContent = await run().then(() => done, explain)
      td.replaceChildren(label)
    })
    return one
  }
  td.append(
    action('Ack', 'acked', () => subscription.ack(message)),
    action('Again', 'given back', () => subscription.nack(message)),
  )
  return td
}

/** @param {Message['body']} body @param {number} indent */
function textOf(body, indent) {
  if ('text' in body) return body.text
  if ('json' in body) return JSON.stringify(body.json, null, indent)
  return 'bytes' in body ? `${body.bytes.length} bytes` : `base64 ${body.base64}`
}

/** @param {Message} message */
function showDetail({ body, properties, keys, ...fields }) {
  const entries = [
    ...Object.entries(fields),
    ...(keys.length > 0 ? [['keys', keys.join(' ')]] : []),
    ...Object.entries(properties).map(([name, value]) => [`property ${name}`, value]),
  ]
  const nodes = entries.flatMap(([name, value]) => {
    const term = document.createElement('dt')
    const description = document.createElement('dd')
    term.textContent = String(name)
    description.textContent = String(value)
    return [term, description]
  })
  element('detail-fields').replaceChildren(...nodes)
  element('detail-body').textContent = textOf(body, 2)
  const dialog = /** @type {HTMLDialogElement} */ (element('detail'))
  dialog.showModal()
}

/** @param {Problem} problem */
function showProblem({ type, title, detail, retryable }) {
  const isNew = type === '/problems/topic-not-found'
  const said = detail && detail !== title ? `${title}: ${detail}` : title
  const text = isNew ? 'The topic does not exist yet. Its first message makes it.' : said
  element('problem').textContent = retryable ? `${text}; still trying` : text
  element('problem').hidden = false
}

function showState() {
  const isOn = watching !== undefined && !watching.isOver
  const isLost = mq?.state.name !== 'open'
  const state = !isOn ? 'idle' : isLost ? 'lost' : watching?.isPaused ? 'paused' : 'live'
  element('state').dataset['state'] = state
  element('state').textContent = {
    idle: 'stopped',
    lost: 'waiting',
    paused: 'paused',
    live: 'live',
  }[state]
  element('watched').textContent = watching?.topic ?? ''
  element('start').textContent = isOn ? 'Stop' : 'Watch'
  element('start').classList.toggle('primary', !isOn)
  const button = /** @type {HTMLButtonElement} */ (element('pause'))
  button.disabled = !isOn
  button.textContent = watching?.isPaused ? 'Resume' : 'Pause'
  const waiting = isOn ? 'Nothing yet. Messages appear here as they arrive.' : undefined
  if (waiting) element('empty').textContent = waiting
}

function clear() {
  arrived = []
  received = receivedBefore = 0
  element('messages').replaceChildren()
  element('empty').hidden = false
  element('kept').hidden = true
  element('received').textContent = element('rate').textContent = '0'
}

function showRate() {
  element('rate').textContent = Math.max(0, received - receivedBefore).toLocaleString('en')
  receivedBefore = received
}

// Wiring

/** @param {string} id @param {string} event @param {(event: Event) => void} run */
const on = (id, event, run) => element(id).addEventListener(event, run)

on('send', 'submit', (event) => {
  event.preventDefault()
  void send()
})
on('send', 'input', showCurl)
on('watch-form', 'submit', (event) => {
  event.preventDefault()
  toggleWatch()
})
on('watch-form', 'change', () => {
  const isGroup = choice('mode') === 'group'
  element('group-fields').hidden = !isGroup
  input('group').required = isGroup
})
on('pause', 'click', () => void pause())
on('clear', 'click', clear)
on('reconnect', 'click', open)
on('token-form', 'submit', (event) => {
  event.preventDefault()
  open()
})
on('topic', 'focus', () => void listTopics())

const asked = new URLSearchParams(location.search)
input('topic').value = asked.get('topic') ?? 'demo'
input('body').value = '{\n  "id": 7,\n  "hello": "world"\n}'
setInterval(showRate, rateMs)
showCurl()
open()
