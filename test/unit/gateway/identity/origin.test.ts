import test from 'ava'
import { isHostAllowed, isOriginAllowed } from '../../../../gateway/identity/origin.ts'

const rule = { origins: ['https://app.example.com'] }
const request = (origin: string | undefined, host?: string, localAddress = '127.0.0.1') => ({
  origin,
  host,
  localAddress,
})

test('no origin, the own origin and a listed one are allowed', (t) => {
  t.true(isOriginAllowed(request(undefined, 'localhost:8080'), rule))
  t.true(isOriginAllowed(request('http://localhost:8080', 'localhost:8080'), rule))
  t.true(isOriginAllowed(request('https://app.example.com', 'mq.example.com'), rule))
  t.true(isOriginAllowed(request('https://x.example', 'a'), { origins: ['*'] }))
})

test('another origin is refused: other host, other port, sandboxed, look-alike', (t) => {
  for (const origin of [
    'http://evil.example',
    'http://localhost:3000',
    'null',
    'https://app.example.com.evil.example',
    'http://localhost:8080.evil.example',
  ]) {
    t.false(isOriginAllowed(request(origin, 'localhost:8080'), rule), origin)
  }
  t.false(isOriginAllowed(request('http://localhost:8080', undefined), rule))
})

test('on loopback only loopback names and listed ones are believed', (t) => {
  for (const host of ['localhost:8080', 'LOCALHOST', '127.0.0.1:1', '[::1]:8080']) {
    t.true(isHostAllowed(request(undefined, host), rule), host)
  }
  t.true(isHostAllowed(request(undefined, 'app.example.com', '::1'), rule))
  for (const host of ['evil.example:8080', '127.0.0.1.evil.example', undefined, '']) {
    t.false(isHostAllowed(request(undefined, host, '::ffff:127.0.0.1'), rule), host)
  }
})

test('on another address any name will do', (t) => {
  t.true(isHostAllowed(request(undefined, 'mq.example.com', '10.0.0.5'), rule))
})
