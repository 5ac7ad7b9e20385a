/** Labels of one series, in a fixed order. */
type Labels = Readonly<Record<string, string>>;

/** Figures of this process in the text format Prometheus reads (0.0.4). */
export type Metrics = {
  readonly count: (name: string, labels?: Labels) => void;
  /** One duration, in seconds, into the histogram of a name. */
  readonly observe: (name: string, seconds: number, labels?: Labels) => void;
  /** A figure that is asked for when somebody looks. */
  readonly gauge: (name: string, read: () => number | Promise<number>, labels?: Labels) => void;
  readonly text: () => Promise<string>;
};

/** What each metric is: its type and help follow from here. */
export type MetricHelp = Readonly<Record<string, string>>;

const BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60,
] as const;

type Histogram = { readonly labels: string; readonly buckets: number[]; sum: number; n: number };
type Gauge = {
  readonly name: string;
  readonly labels: string;
  read: () => number | Promise<number>;
};

/** Makes the metrics; `help` names every one there will be. */
export function createMetrics(help: MetricHelp): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const histograms = new Map<string, Map<string, Histogram>>();
  const gauges: Gauge[] = [];
  return {
    count: (name, labels = {}) => {
      const series = seriesOf(counters, name);
      const key = labelText(labels);
      series.set(key, (series.get(key) ?? 0) + 1);
    },
    observe: (name, seconds, labels = {}) => {
      const series = seriesOf(histograms, name);
      const key = labelText(labels);
      const one = series.get(key) ?? { labels: key, buckets: BOUNDS.map(() => 0), sum: 0, n: 0 };
      series.set(key, one);
      one.sum += seconds;
      one.n += 1;
      const at = BOUNDS.findIndex((bound) => seconds <= bound);
      if (at >= 0) one.buckets[at] = (one.buckets[at] ?? 0) + 1;
    },
    gauge: (name, read, labels = {}) => void gauges.push({ name, labels: labelText(labels), read }),
    text: async () => {
      const out: string[] = [];
      const head = (name: string, type: string): void =>
        void out.push(`# HELP ${name} ${help[name] ?? name}`, `# TYPE ${name} ${type}`);
      for (const [name, series] of counters) {
        head(name, 'counter');
        for (const [labels, value] of series) out.push(`${name}${braced(labels)} ${value}`);
      }
      for (const [name, series] of histograms) {
        head(name, 'histogram');
        for (const one of series.values()) out.push(...histogramLines(name, one));
      }
      for (const name of new Set(gauges.map((gauge) => gauge.name))) {
        head(name, 'gauge');
        for (const { labels, read } of gauges.filter((gauge) => gauge.name === name))
          out.push(`${name}${braced(labels)} ${await read()}`);
      }
      return `${out.join('\n')}\n`;
    },
  };
}

function seriesOf<T>(all: Map<string, Map<string, T>>, name: string): Map<string, T> {
  const found = all.get(name) ?? new Map<string, T>();
  all.set(name, found);
  return found;
}

function histogramLines(name: string, { labels, buckets, sum, n }: Histogram): readonly string[] {
  const before = labels === '' ? '' : `${labels},`;
  let below = 0;
  const lines = BOUNDS.map((bound, i) => {
    below += buckets[i] ?? 0;
    return `${name}_bucket{${before}le="${bound}"} ${below}`;
  });
  return [
    ...lines,
    `${name}_bucket{${before}le="+Inf"} ${n}`,
    `${name}_sum${braced(labels)} ${sum}`,
    `${name}_count${braced(labels)} ${n}`,
  ];
}

const braced = (labels: string): string => (labels === '' ? '' : `{${labels}}`);

function labelText(labels: Labels): string {
  let text = '';
  for (const name in labels)
    text += `${text === '' ? '' : ','}${name}="${(labels[name] ?? '').replaceAll(/[\\"\n]/g, '_')}"`;
  return text;
}
