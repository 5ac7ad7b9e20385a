import { createSeries, type Series } from './series.ts';
import { within } from './within.ts';

/** Labels of one series, in a fixed order. */
export type Labels = Readonly<Record<string, string>>;

/** What each metric is: help texts by name and kind. */
export type Definitions<Name extends string> = {
  readonly counters: Help<Name>;
  readonly histograms: Help<Name>;
  readonly gauges: Help<Name>;
  /** Upper bounds of a histogram's buckets, in seconds, where the usual ones do not fit. */
  readonly bounds: { readonly [N in Name]?: readonly number[] };
};
type Help<Name extends string> = { readonly [N in Name]?: string };

/** One number under its labels. */
type Sample = { readonly labels: Labels; readonly value: number };
/** One distribution under its labels; the last bucket is for what is above every bound. */
export type Distribution = {
  readonly labels: Labels;
  readonly buckets: readonly number[];
  readonly sum: number;
  readonly count: number;
};

/** A metric as it is now, for whoever writes it down. */
export type Family = { readonly name: string; readonly help: string } & (
  | { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
  | {
      readonly type: 'histogram';
      readonly bounds: readonly number[];
      readonly samples: readonly Distribution[];
    }
);

/** A figure that is asked for when somebody looks; undefined: there is none to tell now. */
type Gauge = () => number | undefined | Promise<number | undefined>;

/** Figures of this process. `Name` is every one there is. */
export type Metrics<Name extends string = string> = {
  readonly count: (name: Name, labels?: Labels, by?: number) => void;
  /** One duration, in seconds, into the histogram of a name. */
  readonly observe: (name: Name, seconds: number, labels?: Labels) => void;
  readonly gauge: (name: Name, read: Gauge, labels?: Labels) => void;
  readonly families: () => Promise<readonly Family[]>;
};

const BOUNDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60,
] as const;
/** How long a figure may take: a database that does not answer must not keep anyone from the others. */
const READ_MS = 2_000;

const NONE: Labels = {};

type Filling = { readonly labels: Labels; readonly buckets: number[]; sum: number; count: number };
type Kept = {
  readonly name: string;
  readonly type: Family['type'];
  readonly help: string;
  readonly counters: Series<{ readonly labels: Labels; value: number }>;
  readonly histograms: Series<Filling>;
  readonly gauges: { readonly labels: Labels; readonly read: Gauge }[];
};

/** Makes the metrics that are defined, each told from the start. */
export function createMetrics<Name extends string>(definitions: Definitions<Name>): Metrics<Name> {
  const { counters, histograms, gauges, bounds } = definitions;
  const boundsOf = (name: string): readonly number[] => bounds[name as Name] ?? BOUNDS;
  const all = new Map<string, Kept>();
  const define = (type: Family['type'], texts: Help<Name>): void => {
    for (const [name, help] of Object.entries<string | undefined>(texts))
      all.set(name, { ...emptyKept(boundsOf(name)), name, type, help: help ?? name });
  };
  define('counter', counters);
  define('histogram', histograms);
  define('gauge', gauges);

  function kept(name: Name): Kept {
    const found = all.get(name);
    if (!found) throw new TypeError(`metric \`${name}\` is not defined`);
    return found;
  }
  async function familyOf(one: Kept): Promise<Family> {
    const { name, help, type } = one;
    if (type === 'histogram')
      return { name, help, type, bounds: boundsOf(name), samples: one.histograms.all() };
    if (type === 'counter') return { name, help, type, samples: one.counters.all() };
    const samples = await Promise.all(one.gauges.map(sampleOf));
    return { name, help, type, samples: samples.filter((sample) => sample !== undefined) };
  }

  return {
    count: (name, labels = NONE, by = 1) => void (kept(name).counters.of(labels).value += by),
    observe: (name, seconds, labels = NONE) => {
      const one = kept(name).histograms.of(labels);
      const limits = boundsOf(name);
      one.sum += seconds;
      one.count += 1;
      let bucket = 0; // the last is for what is above every bound
      while (bucket < limits.length && !(seconds <= (limits[bucket] as number))) bucket++;
      one.buckets[bucket] = (one.buckets[bucket] ?? 0) + 1;
    },
    gauge: (name, read, labels = {}) => void kept(name).gauges.push({ labels, read }),
    families: () => Promise.all([...all.values()].map(familyOf)),
  };
}

/** A figure that cannot be read, or not in time, is left out: the others are needed most just then. */
async function sampleOf({
  labels,
  read: ask,
}: Kept['gauges'][number]): Promise<Sample | undefined> {
  const value = await within(READ_MS, ask).catch(() => undefined);
  return value === undefined ? undefined : { labels, value };
}

const emptyKept = (
  bounds: readonly number[],
): Pick<Kept, 'counters' | 'histograms' | 'gauges'> => ({
  counters: createSeries((labels) => ({ labels, value: 0 })),
  histograms: createSeries((labels) => ({
    labels,
    buckets: Array.from({ length: bounds.length + 1 }, () => 0),
    sum: 0,
    count: 0,
  })),
  gauges: [],
});
