import type { VNode } from 'preact';
import { count } from '../format/words.ts';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Banner, Loaded, Section } from '../ui/parts.tsx';
import type { PolicyTests } from '../wire.ts';

/** Whether the set in force passes its own tests, and which of its policies no test meets. */
export function Tests(): VNode {
  const tests = useResource('tests', () => get<PolicyTests>('/v1/policies/tests'));
  return (
    <Section title="Tests">
      <Loaded of={tests} what="test results">
        {(results) => <Results results={results} />}
      </Loaded>
    </Section>
  );
}

function Results({
  results: { tests, unmatched, problems },
}: {
  readonly results: PolicyTests;
}): VNode {
  const failed = tests.filter(({ failures }) => failures.length > 0);
  const isBad = failed.length > 0 || problems.length > 0;
  return (
    <>
      <Banner
        tone={isBad ? 'bad' : tests.length === 0 ? 'quiet' : 'good'}
        title={titleOf(tests.length, failed.length, problems.length)}
      >
        {unmatched.length === 0 ? null : `No test meets ${unmatched.join(', ')}.`}
      </Banner>
      <ul class="cards">
        {problems.map(({ file, line, message }) => (
          <li key={`${file}:${line}`}>
            <code>
              {file}:{line}
            </code>{' '}
            <span class="not-ok">{message}</span>
          </li>
        ))}
        {failed.map(({ file, name, failures }) => (
          <li key={`${file} ${name}`}>
            <b>{name}</b> <span class="not-ok">{failures.join('; ')}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function titleOf(all: number, failed: number, problems: number): string {
  if (problems > 0) return 'The tests could not be run';
  if (failed > 0) return `${failed} of ${count(all, 'test')} failed`;
  return all === 0 ? 'There are no tests' : `All ${all} tests pass on the set in force`;
}
