import { health } from '../health.ts';
import type { RouteOf } from './route.ts';

/** What anyone may read. */
export const publicRoutes: readonly RouteOf<
  {},
  | 'checkpoint'
  | 'tile'
  | 'trust'
  | 'jwks'
  | 'openapi'
  | 'problems'
  | 'healthz'
  | 'readyz'
  | 'metrics'
>[] = [
  {
    id: 'checkpoint',
    method: 'GET',
    path: '/ledger/checkpoint',
    summary: 'The newest signed head (C2SP tlog-checkpoint)',
    callers: [],
    answers: { 200: { description: 'a signed note', type: 'text/plain; charset=utf-8' } },
    problems: [],
  },
  {
    id: 'tile',
    method: 'GET',
    path: '/ledger/tile/{path*}',
    summary: 'Hash tiles and entry bundles (C2SP tlog-tiles)',
    callers: [],
    answers: { 200: { description: 'immutable bytes', type: 'application/octet-stream' } },
    problems: ['not-found'],
  },
  {
    id: 'trust',
    method: 'GET',
    path: '/ledger/trust',
    summary:
      'The public keys of this ledger as a C2SP tlog-policy; one handed over another way proves more',
    callers: [],
    answers: { 200: { description: 'a trust file', type: 'text/plain; charset=utf-8' } },
    problems: [],
  },
  {
    id: 'jwks',
    method: 'GET',
    path: '/.well-known/jwks.json',
    summary: 'Keys that sign grants (RFC 7517)',
    callers: [],
    answers: { 200: { description: 'a JWK set', type: 'application/jwk-set+json' } },
    problems: [],
  },
  {
    id: 'openapi',
    method: 'GET',
    path: '/openapi.json',
    summary: 'This contract as OpenAPI 3.1',
    callers: [],
    answers: { 200: { description: 'OpenAPI', type: 'application/json' } },
    problems: [],
  },
  {
    id: 'problems',
    method: 'GET',
    path: '/problems',
    summary: 'What each problem code means',
    callers: [],
    answers: { 200: { description: 'the registry', type: 'text/plain; charset=utf-8' } },
    problems: [],
  },
  {
    id: 'healthz',
    method: 'GET',
    path: '/healthz',
    summary: 'Whether the process answers',
    callers: [],
    answers: { 200: { description: 'it does', type: 'application/json' } },
    problems: [],
  },
  {
    id: 'readyz',
    method: 'GET',
    path: '/readyz',
    summary: 'Whether actions can be taken now, and what is missing',
    callers: [],
    answers: {
      200: { description: 'ready, or degraded: still taking and deciding actions', schema: health },
      503: { description: 'down, with what is missing and since when', schema: health },
    },
    problems: [],
  },
  {
    id: 'metrics',
    method: 'GET',
    path: '/metrics',
    summary: 'Prometheus metrics, for local callers',
    callers: [],
    answers: { 200: { description: 'text format 0.0.4', type: 'text/plain; version=0.0.4' } },
    problems: ['loopback-only'],
  },
];
