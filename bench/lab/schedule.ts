import type { Chance } from './chance.ts';
import type { Fault, Scenario } from './scenario.ts';

/** A fault at its time from the start, in ms; `draw` in [0, 1) chooses whom it hits. */
export type Planned = { readonly at: number; readonly fault: Fault; readonly draw: number };

/** Every fault of a run in order: it follows from the scenario and the seed alone. */
export function planFaults(scenario: Scenario, chance: Chance): readonly Planned[] {
  const end = scenario.minutes * 60_000;
  return scenario.faults
    .flatMap((fault, i) => {
      const own = chance.fork(`fault-${i}`);
      return timesOf(fault, end, own.next()).map((at) => ({ at, fault, draw: own.next() }));
    })
    .toSorted((a, b) => a.at - b.at);
}

/** Each begins and, as far as it goes, ends before the run does. */
function timesOf(fault: Fault, end: number, draw: number): readonly number[] {
  const { every, at = [] } = fault;
  const last = end - ('for' in fault ? fault.for : fault.down);
  const times = every === undefined ? at : periodic(every, last, draw);
  return times.filter((time) => time >= 0 && time <= last);
}

/** The first somewhere in the second half of the first period, so that faults of one period do not fall together. */
function periodic(every: number, last: number, draw: number): readonly number[] {
  const times: number[] = [];
  for (let time = every * (0.5 + draw / 2); time <= last; time += every)
    times.push(Math.round(time));
  return times;
}
