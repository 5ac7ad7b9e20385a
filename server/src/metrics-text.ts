import type { Distribution, Family, Labels } from './metrics.ts';

/** Metrics in the text format Prometheus reads (0.0.4). */
export function metricsText(families: readonly Family[]): string {
  const lines = families.flatMap((family) => [
    `# HELP ${family.name} ${family.help}`,
    `# TYPE ${family.name} ${family.type}`,
    ...(family.type === 'histogram'
      ? family.samples.flatMap((one) => histogramLines(family, one))
      : family.samples.map(({ labels, value }) => `${family.name}${braced(labels)} ${value}`)),
  ]);
  return `${lines.join('\n')}\n`;
}

function histogramLines(
  { name, bounds }: Extract<Family, { type: 'histogram' }>,
  { labels, buckets, sum, count }: Distribution,
): readonly string[] {
  const before = Object.keys(labels).length === 0 ? '' : `${labelText(labels)},`;
  let below = 0;
  const lines = bounds.map((bound, i) => {
    below += buckets[i] ?? 0;
    return `${name}_bucket{${before}le="${bound}"} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket{${before}le="+Inf"} ${count}`,
    `${name}_sum${braced(labels)} ${sum}`,
    `${name}_count${braced(labels)} ${count}`,
  ];
}

const braced = (labels: Labels): string =>
  Object.keys(labels).length === 0 ? '' : `{${labelText(labels)}}`;

const labelText = (labels: Labels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${value.replaceAll(/[\\"\n]/g, '_')}"`)
    .join(',');
