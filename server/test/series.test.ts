import { expect, test } from 'vitest';
import type { Labels } from '../src/metrics.ts';
import { createSeries } from '../src/series.ts';

test('each set of labels is a series of its own, whichever was counted last', () => {
  const series = createSeries((labels: Labels) => ({ labels, value: 0 }));
  const asked: readonly Labels[] = [
    {},
    { a: '1' },
    { a: '1', b: '2' },
    { a: '1' },
    { b: '1' },
    { a: '12', b: '' },
    { a: '1', b: '2' },
    {},
    { a: '1', b: '2' },
  ];
  for (const labels of asked) series.of(labels).value += 1;
  expect(series.all()).toEqual([
    { labels: {}, value: 2 },
    { labels: { a: '1' }, value: 2 },
    { labels: { a: '1', b: '2' }, value: 3 },
    { labels: { b: '1' }, value: 1 },
    { labels: { a: '12', b: '' }, value: 1 },
  ]);
});
