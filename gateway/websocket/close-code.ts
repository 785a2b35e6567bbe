// Why a socket is closed. 44xx: the client must change something first; 45xx: it may come back
// after a jittered pause. The split is what a client's reconnect logic needs to know.

export const closeCodes = {
  badFrame: 4400,
  unauthenticated: 4401,
  forbidden: 4403,
  wrongFormat: 4406,
  noHello: 4408,
  sessionLimit: 4409,
  frameTooLarge: 4413,
  serverError: 4501,
  draining: 4503,
  noPong: 4504,
  slowConsumer: 4508,
  rateLimited: 4529,
  tokenExpired: 4541,
} as const

export type CloseCode = (typeof closeCodes)[keyof typeof closeCodes]
