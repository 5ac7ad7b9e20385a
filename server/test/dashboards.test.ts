// What deploy/ asks Prometheus for is what a gateway really tells.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { ActionStatus } from '@countersign/api';
import { held, READ, startGateway, vote, type Fixture } from './gateway-fixture.ts';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

type Panel = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly gridPos: {
    readonly x: number;
    readonly y: number;
    readonly w: number;
    readonly h: number;
  };
  readonly targets?: readonly { readonly expr: string; readonly refId: string }[];
};
type Dashboard = {
  readonly title: string;
  readonly uid: string;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string }[] };
};
type Alerts = {
  readonly groups: readonly {
    readonly name: string;
    readonly rules: readonly {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels: { readonly severity: string };
      readonly annotations: { readonly summary: string };
    }[];
  }[];
};

const dashboard = JSON.parse(read('deploy/grafana/countersign.json')) as Dashboard;
const alerts = (parse(read('deploy/prometheus/alerts.yaml')) as Alerts).groups.flatMap(
  ({ rules }) => rules,
);
const asked: readonly (readonly [name: string, expr: string])[] = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => [title, expr] as const),
  ),
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
];

/** Names of series and the labels each is told with. */
const told = new Map<string, Set<string>>();
let gateway: Fixture;
beforeAll(async () => {
  gateway = await startGateway();
  const { body } = await gateway.call<ActionStatus>('etl', 'POST', '/v1/actions', READ);
  await gateway.call('etl', 'GET', `/v1/actions/${body.id}`);
  await vote(gateway, 'rita', await held(gateway, 's3://dashboards'));
  await held(gateway, 's3://waits');
  const late = await held(gateway, 's3://times-out');
  await gateway.call('etl', 'GET', `/v1/actions/${late.status.id}?wait=1`);
  const { body: text } = await gateway.call<string>(undefined, 'GET', '/metrics');
  for (const [, name = '', type] of text.matchAll(/^# TYPE (\w+) (\w+)$/gm))
    for (const suffix of type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''])
      told.set(name + suffix, new Set(['job', 'instance']));
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm))
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) told.get(name)?.add(label);
});
afterAll(() => gateway.stop());

const series = (expr: string): readonly string[] => [
  ...new Set([...expr.matchAll(/\b(?:countersign|process)_\w+/g)].map(([name]) => name)),
];

/** Labels that only counted things have, where nothing of the kind happened in this test. */
const NOT_HERE: Readonly<Record<string, readonly string[]>> = {
  countersign_append_refused_total: ['code'],
};
const labelsOf = (name: string): readonly string[] => [
  ...(told.get(name) ?? []),
  ...(NOT_HERE[name] ?? []),
];

test.each(asked)('%s asks for what there is', (_, expr) => {
  const names = series(expr);
  expect(names.length).toBeGreaterThan(0);
  expect(names.filter((name) => !told.has(name))).toEqual([]);
  for (const [, name = '', inner = ''] of expr.matchAll(/\b(\w+_\w+)\{([^}]*)\}/g))
    for (const [, label = ''] of inner.matchAll(/(\w+)\s*(?:=~|!=|=)/g))
      expect(labelsOf(name), `${name}{${label}}`).toContain(label);
  for (const [, by = ''] of expr.matchAll(/\bby \(([^)]*)\)/g))
    for (const label of by.split(',').map((one) => one.trim()))
      expect(names.flatMap(labelsOf), `by (${label})`).toContain(label);
});

test('a name that is not there is noticed', () => {
  expect(series('rate(countersign_nope_total[5m])').filter((name) => !told.has(name))).toEqual([
    'countersign_nope_total',
  ]);
});

describe('the dashboard', () => {
  test('can be imported: ids, places and queries', () => {
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const cells = dashboard.panels.flatMap(({ gridPos: { x, y, w, h } }) => {
      expect(x + w).toBeLessThanOrEqual(24);
      return Array.from({ length: w * h }, (_, i) => `${x + (i % w)}:${y + Math.floor(i / w)}`);
    });
    expect(new Set(cells).size, 'panels lie on each other').toBe(cells.length);
    for (const { type, targets = [] } of dashboard.panels) {
      expect(targets.length > 0).toBe(type !== 'row');
      expect(new Set(targets.map(({ refId }) => refId)).size).toBe(targets.length);
    }
    expect(dashboard.templating.list.map(({ name }) => name)).toEqual(['datasource', 'job']);
  });
  test('what a replica tells for all is never added up', () => {
    for (const [title, expr] of asked)
      expect(expr, title).not.toMatch(/sum\w* *\(countersign_(?:pending_approvals|ledger_entries)/);
  });
});

describe('alerts', () => {
  const guide = read('docs/guides/observability.md');
  test.each(alerts.map((one) => [one.alert, one] as const))(
    '%s says how bad it is, and the guide what to do',
    (name, { labels, annotations }) => {
      expect(['critical', 'warning', 'info']).toContain(labels.severity);
      expect(annotations.summary).not.toBe('');
      expect(guide).toContain(`\`${name}\``);
    },
  );
});
