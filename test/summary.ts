import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** What the runtime itself ended: files whose worker crashed, and how many tests of the others passed. */
export type Crashed = { readonly files: readonly string[]; readonly passed: number };

const CRASH = /Worker exited unexpectedly with signal \w+ .*while running test file (\S+)/;

/** Closes a run with one plain line that a script can read. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const crashes = errors.map((error) => CRASH.exec(textOf(error))?.[1]);
    const files = crashes.filter((file) => file !== undefined);
    const isCrash = files.length > 0 && files.length === errors.length;
    const whole = modules.filter(({ moduleId }) => !(isCrash && files.includes(moduleId)));
    const states = whole.flatMap((module) => [
      ...[...module.children.allTests()].map((test) => test.result().state),
      // a file that could not be loaded, and an error outside of any test, are failures too
      ...(module.state() === 'failed' && module.errors().length > 0 ? ['failed'] : []),
    ]);
    const count = (state: string): number => states.filter((one) => one === state).length;
    const before = Number(process.env['COUNTERSIGN_TESTS_PASSED'] ?? 0);
    const [passed, skipped] = [count('passed') + before, count('skipped')];
    const note = process.env['COUNTERSIGN_CRASHED'];
    if (isCrash && note !== undefined && count('failed') === 0) {
      writeFileSync(note, JSON.stringify({ files, passed } satisfies Crashed));
      return void process.stdout.write(`the runtime crashed in ${files.join(', ')}\n`);
    }
    process.stdout.write(
      `${passed} passed, ${count('failed') + errors.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}

/** Message of an error with those of its causes. */
function textOf(error: unknown): string {
  const { message = '', cause } = error as { readonly message?: string; readonly cause?: unknown };
  return cause === undefined || cause === null ? message : `${message} ${textOf(cause)}`;
}
