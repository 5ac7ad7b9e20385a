import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { place } from '../app/router.ts';
import { get } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Digest, Empty, Loaded, PageHead, Section } from '../ui/parts.tsx';
import type { PolicyList, PolicySources } from '../wire.ts';
import { Tests } from './policy-tests.tsx';
import { partAt } from './source.ts';

type Policy = PolicyList['policies'][number];
type PolicyFile = PolicySources['files'][number];

/** The policies in force: what each says, whom it asks, where it stands. */
export function PoliciesPage(): VNode {
  const policies = useResource('policies', () => get<PolicyList>('/v1/policies'));
  const sources = useResource('sources', () => get<PolicySources>('/v1/policies/sources'));
  const [text, setText] = useState(place.value.query.get('id') ?? '');
  const files = sources.value?.files ?? [];
  return (
    <main class="page">
      <PageHead title="Policies">
        {policies.value ? <Digest value={policies.value.digest} /> : null}
        {policies.value?.gitCommit === undefined ? null : (
          <code>commit {policies.value.gitCommit.slice(0, 12)}</code>
        )}
      </PageHead>
      <Tests />
      <Section
        title="In force"
        aside={
          <label>
            <span class="visually-hidden">Find a policy</span>
            <input
              type="search"
              placeholder="find"
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          </label>
        }
      >
        <Loaded of={policies} what="policies">
          {(list) => <Policies policies={found(list.policies, text)} files={files} />}
        </Loaded>
      </Section>
    </main>
  );
}

function found(policies: readonly Policy[], text: string): readonly Policy[] {
  const wanted = text.trim().toLowerCase();
  return policies.filter((one) =>
    [one.id, one.kind, one.file, ...Object.values(one.annotations)].some((part) =>
      part.toLowerCase().includes(wanted),
    ),
  );
}

const Policies = ({
  policies,
  files,
}: {
  readonly policies: readonly Policy[];
  readonly files: readonly PolicyFile[];
}): VNode =>
  policies.length === 0 ? (
    <Empty title="No policy fits">Clear the search to see all.</Empty>
  ) : (
    <ul class="policies">
      {policies.map((policy) => (
        <li key={policy.id}>
          <details>
            <summary>
              <span class={`chip kind-${policy.kind}`}>{policy.kind}</span>
              <b class="mono">{policy.id}</b>
              {policy.isShadow ? <span class="chip neutral">shadow: only watched</span> : null}
              <span class="says">{saysOf(policy)}</span>
              <span class="dim mono where">
                {policy.file}:{policy.line}
              </span>
            </summary>
            <Opened policy={policy} text={files.find(({ file }) => file === policy.file)?.text} />
          </details>
        </li>
      ))}
    </ul>
  );

/** What a policy says to people. */
const saysOf = ({ annotations }: Policy): string =>
  annotations['review'] ??
  annotations['confirm'] ??
  annotations['deny'] ??
  annotations['reason'] ??
  annotations['description'] ??
  '';

const Opened = ({
  policy,
  text,
}: {
  readonly policy: Policy;
  readonly text: string | undefined;
}): VNode => (
  <div class="opened">
    <dl class="facts">
      {Object.entries(policy.annotations).map(([name, value]) => (
        <div key={name}>
          <dt>
            <code>@{name}</code>
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
    {text === undefined ? null : <pre class="raw">{partAt(text, policy.line)}</pre>}
  </div>
);
