import type { VNode } from 'preact';
import { count } from '../format/words.ts';
import { get, Problem } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Banner, Loaded, Section } from '../ui/parts.tsx';
import { summaryOf, type TestResults } from './results.ts';

/** Whether the set in force passes its own tests, and which of its policies no test reaches. */
export function PolicyTests(): VNode | null {
  const tests = useResource('tests', () => get<TestResults>('/v1/policies/tests'));
  // a gateway without tests beside its policies has nothing to say here
  if (tests.error instanceof Problem && tests.error.status === 404) return null;
  return (
    <Section title="Tests">
      <Loaded of={tests} what="test results">
        {(results) => <Results results={results} />}
      </Loaded>
    </Section>
  );
}

function Results({ results }: { readonly results: TestResults }): VNode {
  const { passed, failures, untested } = summaryOf(results);
  return (
    <>
      <Banner
        tone={failures.length > 0 ? 'bad' : passed === 0 ? 'quiet' : 'good'}
        title={
          failures.length > 0
            ? `${count(failures.length, 'test')} of ${passed + failures.length} failed`
            : passed === 0
              ? 'There are no tests'
              : `All ${passed} tests pass on the set in force`
        }
      >
        {untested.length === 0 ? null : `No test reaches ${untested.join(', ')}.`}
      </Banner>
      {failures.length === 0 ? null : (
        <ul class="cards">
          {failures.map(({ name, why }) => (
            <li key={name}>
              <b>{name}</b> <span class="not-ok">{why}</span>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
