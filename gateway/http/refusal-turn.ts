// A connection waits for one refusal at a time, and is not read from meanwhile: neither the body nor
// what comes behind it is worth anything until then, and the caller's own system holds it. What had
// come with the request takes its turn afterwards, and may be served by then.

const lastKey = Symbol('last')
type Held = {
  pause(): unknown
  resume(): unknown
  [lastKey]?: Promise<void> | undefined
}

/**
 * What `judge` says of a request, when nothing before it on its connection waits: undefined lets it
 * through at once. Throws what `judge` throws.
 */
export function inTurn(
  socket: Held,
  judge: () => Promise<never> | undefined,
): Promise<void> | undefined {
  const before = socket[lastKey]
  const waiting = before ? before.then(judge) : judge()
  if (!waiting) return undefined
  const last = waiting
    .catch(() => {})
    .then(() => {
      if (socket[lastKey] !== last) return
      socket[lastKey] = undefined
      socket.resume()
    })
  if (!before) socket.pause()
  socket[lastKey] = last
  return waiting
}
