import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { get, me, post } from '../http/client.ts';
import { useResource } from '../http/resource.ts';
import { Ask } from '../ui/ask.tsx';
import { Banner, Empty, Icon, Loaded, PageHead } from '../ui/parts.tsx';
import type { AgentItem, AgentList } from '../wire.ts';
import { AgentCard, Stopped, type AgentAsk } from './agent-card.tsx';
import { Alerts } from './alerts.tsx';
import { IssueKey } from './issue-key.tsx';
import { RegisterAgent } from './register-agent.tsx';

type All = { readonly verb: 'all'; readonly stop: boolean };
type One = { readonly verb: 'stop' | 'resume'; readonly of: AgentItem };
type Asked = AgentAsk | All | { readonly verb: 'register' };

/** Every agent: whose it is, how it proves itself, and the switches that stop it. */
export function AgentsPage(): VNode {
  const agents = useResource('agents', () => get<AgentList>('/v1/agents'));
  const [asked, setAsked] = useState<Asked>();
  const who = me.value;
  const isAdministrator = typeof who === 'object' && who.roles?.includes('administrator') === true;
  const isStopped = agents.value?.stopped === true;
  return (
    <main class="page">
      <PageHead title="Agents">
        <a href="/tools">Tools</a>
        {isAdministrator && agents.value ? (
          <>
            <button type="button" onClick={() => setAsked({ verb: 'register' })}>
              Register…
            </button>
            <button
              type="button"
              class={isStopped ? 'primary' : 'danger'}
              onClick={() => setAsked({ verb: 'all', stop: !isStopped })}
            >
              <Icon name="alarm" /> {isStopped ? 'Let all go on…' : 'Stop all…'}
            </button>
          </>
        ) : null}
      </PageHead>
      {isStopped ? (
        <Banner tone="bad" title="Every agent is stopped">
          <Stopped stop={agents.value?.stop} /> Nothing can be proposed or run until an
          administrator lets them go on.
        </Banner>
      ) : null}
      <Alerts />
      <Loaded of={agents} what="agents">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="No agent yet">
              An agent is registered with an owner, and given a key.
            </Empty>
          ) : (
            <ul class="cards wide">
              {items.map((agent) => (
                <AgentCard key={agent.id} agent={agent} onAsk={setAsked} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {asked ? (
        <AgentDialog asked={asked} onDone={agents.reload} onClose={() => setAsked(undefined)} />
      ) : null}
    </main>
  );
}

function AgentDialog({
  asked,
  onDone,
  onClose,
}: {
  readonly asked: Asked;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const then = (path: string, body: unknown) => async () => {
    await post(path, body);
    onDone();
  };
  switch (asked.verb) {
    case 'register':
      return <RegisterAgent onDone={onDone} onClose={onClose} />;
    case 'key':
      return <IssueKey agent={asked.of} onDone={onDone} onClose={onClose} />;
    case 'revoke':
      return (
        <Ask
          title={`Revoke the key “${asked.key.name}”?`}
          verb="Revoke"
          isGrave
          onDo={then(`/v1/keys/${asked.key.id}/revoke`, {})}
          onClose={onClose}
        >
          <p>It opens nothing any more, at once and for good.</p>
        </Ask>
      );
    case 'retire':
      return (
        <Ask
          title={`Retire ${asked.of.id}?`}
          verb="Retire"
          isGrave
          onDo={then(`/v1/agents/${asked.of.id}/retire`, {})}
          onClose={onClose}
        >
          <p>It and its keys are gone for good; its name is never given again.</p>
        </Ask>
      );
    case 'stop':
    case 'resume':
    case 'all':
      return <Switch asked={asked} onDone={onDone} onClose={onClose} />;
  }
}

function Switch({
  asked,
  onDone,
  onClose,
}: {
  readonly asked: All | One;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const isStop = asked.verb === 'all' ? asked.stop : asked.verb === 'stop';
  const whom = asked.verb === 'all' ? 'every agent' : asked.of.id;
  const send = (reason: string): Promise<unknown> =>
    asked.verb === 'all'
      ? post('/v1/kill-switch', { stopped: asked.stop, reason })
      : post(`/v1/agents/${asked.of.id}/${asked.verb}`, { reason });
  return (
    <Ask
      title={isStop ? `Stop ${whom}?` : `Let ${whom} go on?`}
      verb={isStop ? 'Stop' : 'Let go on'}
      isGrave={isStop}
      reason="required"
      onDo={async (reason) => {
        await send(reason);
        onDone();
      }}
      onClose={onClose}
    >
      <p>
        {isStop
          ? 'Nothing is proposed or run any more, not even what was approved. What runs already is not undone.'
          : 'It may propose again, and run what is approved.'}
      </p>
    </Ask>
  );
}
