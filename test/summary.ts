import type { Reporter, TestModule } from 'vitest/node';

/** Closes a run with one plain line that a script can read. */
export default class Summary implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const states = modules.flatMap((module) => [
      ...[...module.children.allTests()].map((test) => test.result().state),
      // a file that could not be loaded, and an error outside of any test, are failures too
      ...(module.state() === 'failed' && module.errors().length > 0 ? ['failed'] : []),
    ]);
    const count = (state: string): number => states.filter((one) => one === state).length;
    const skipped = count('skipped');
    process.stdout.write(
      `${count('passed')} passed, ${count('failed') + errors.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    );
  }
}
