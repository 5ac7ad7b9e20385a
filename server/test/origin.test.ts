import { describe, expect, test } from 'vitest';
import { createOriginCheck, type Sender } from '../src/http/origin.ts';

const behindTls = createOriginCheck('https://gate.example');
const ask = (host: string | undefined, more: Partial<Sender> & { origin?: string } = {}) => {
  const { origin, ...rest } = more;
  const headers = {
    ...(host === undefined ? {} : { host }),
    ...(origin === undefined ? {} : { origin }),
  };
  return behindTls({ headers, isLocal: false, isProbe: false, ...rest });
};

describe('a gateway that others can reach answers to its public name only', () => {
  test.each([
    ['its name', 'gate.example', undefined],
    ['its name in capitals', 'GATE.example', undefined],
    ['its name at another port', 'gate.example:8088', 'unknown-host'],
    ['a name of theirs (DNS rebinding)', 'evil.example', 'unknown-host'],
    ['a name that only begins like it', 'gate.example.evil.example', 'unknown-host'],
    ['its address', '192.0.2.7:8088', 'unknown-host'],
    ['localhost, said by another machine', 'localhost:8088', 'unknown-host'],
    ['loopback, said by another machine', '127.0.0.1:8088', 'unknown-host'],
    ['loopback of IPv6, said by another machine', '[::1]:8088', 'unknown-host'],
    ['no name', undefined, 'unknown-host'],
  ])('%s', (_, host, problem) => {
    expect(ask(host)).toBe(problem);
  });
  test.each(['localhost', '127.0.0.1:8088', '[::1]:8088'])('%s from this machine', (host) => {
    expect(ask(host, { isLocal: true })).toBeUndefined();
    expect(ask(host, { isLocal: true, origin: `http://${host}` })).toBeUndefined();
  });
});

describe('probes call by address, which nobody can point elsewhere', () => {
  test.each(['192.0.2.7:8088', '192.0.2.7', '[2001:db8::7]:8088'])('%s', (host) => {
    expect(ask(host, { isProbe: true })).toBeUndefined();
    expect(ask(host)).toBe('unknown-host');
    expect(ask(host, { isProbe: true, origin: `http://${host}` })).toBe('foreign-origin');
  });
  test.each(['evil.example', 'evil.example:8088', '192.0.2.7.evil.example', '1.2.3.4.5', ''])(
    'by name `%s` not even health is told',
    (host) => {
      expect(ask(host, { isProbe: true })).toBe('unknown-host');
    },
  );
});

describe('pages of others', () => {
  test.each([
    ['of ours', 'https://gate.example', undefined],
    ['of another site', 'https://evil.example', 'foreign-origin'],
    ['sandboxed', 'null', 'foreign-origin'],
    ['that somebody on the way wrote in our name', 'http://gate.example', 'foreign-origin'],
  ])('a page %s', (_, origin, problem) => {
    expect(ask('gate.example', { origin })).toBe(problem);
  });
});
