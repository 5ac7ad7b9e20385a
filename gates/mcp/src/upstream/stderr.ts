const KEPT = 50;
const PER_WINDOW = 20;
const WINDOW_MS = 10_000;

/** What a program says for people: the last lines are kept, and few are passed on. */
export type Stderr = { readonly take: (line: string) => void; readonly last: () => string };

/** Keeps the last lines and passes on at most 20 in ten seconds, then how many were left out. ATTACKER: the program writes what it likes. */
export function createStderr(passOn: (line: string) => void): Stderr {
  const kept: string[] = [];
  let [count, since] = [0, -Infinity];
  return {
    take: (line) => {
      kept.push(line);
      if (kept.length > KEPT) kept.shift();
      const now = performance.now();
      if (now - since >= WINDOW_MS) {
        if (count > PER_WINDOW) passOn(`(${count - PER_WINDOW} lines left out)`);
        [count, since] = [0, now];
      }
      if (++count <= PER_WINDOW) passOn(line);
    },
    last: () => kept.at(-1) ?? '',
  };
}
