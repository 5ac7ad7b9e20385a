import type { VNode } from 'preact';
import { count } from '../format/words.ts';
import { Exact } from '../ui/exact.tsx';
import { Remaining, StateChip } from '../ui/parts.tsx';
import type { AgentItem, AgentKey } from '../wire.ts';

/** What is asked of an agent, before it is done. */
export type AgentAsk =
  | { readonly verb: 'key' | 'retire'; readonly of: AgentItem }
  | { readonly verb: 'stop' | 'resume'; readonly of: AgentItem }
  | { readonly verb: 'revoke'; readonly key: AgentKey };

type Props = {
  readonly agent: AgentItem;
  readonly rights: 'all' | 'stop' | 'none';
  readonly onAsk: (asked: AgentAsk) => void;
};

/** One agent: whose it is, what it waits for, its keys, its switches. */
export const AgentCard = ({ agent, rights, onAsk }: Props): VNode => (
  <li class="agent">
    <div>
      <b class="mono">
        <Exact text={agent.id} />
      </b>{' '}
      {agent.stopped ? <StateChip state="stopped" /> : null}
      {agent.quarantined === true ? <StateChip state="quarantined" /> : null}
      <span class="dim">
        {' '}
        owned by {agent.owner}
        {agent.ownerTeam === undefined ? '' : ` (${agent.ownerTeam})`}; trust {agent.trust}
        {agent.teams.length === 0 ? '' : `; ${agent.teams.join(', ')}`}
        {agent.pending === undefined || agent.pending === 0
          ? ''
          : `; ${count(agent.pending, 'request')} waiting`}
        {agent.source === 'configuration' ? '; from the configuration' : ''}
      </span>
    </div>
    <Keys agent={agent} rights={rights} onAsk={onAsk} />
    {rights === 'none' ? null : <Tools agent={agent} rights={rights} onAsk={onAsk} />}
  </li>
);

const Keys = ({ agent, rights, onAsk }: Props): VNode | null => {
  const keys = agent.keys ?? [];
  if (keys.length === 0) return null;
  return (
    <ul class="agent-keys">
      {keys.map((key) => (
        <li key={key.id}>
          <span>
            {key.name} <code>{key.id}</code>{' '}
            {key.revokedAt === undefined ? (
              <Remaining until={key.expiresAt} />
            ) : (
              <StateChip state="revoked" />
            )}
          </span>
          {rights === 'none' || key.revokedAt !== undefined ? null : (
            <button type="button" class="quiet" onClick={() => onAsk({ verb: 'revoke', key })}>
              Revoke…
            </button>
          )}
        </li>
      ))}
    </ul>
  );
};

const Tools = ({ agent, rights, onAsk }: Props): VNode => (
  <div class="tools">
    {rights === 'all' && agent.source === 'registry' ? (
      <button type="button" class="quiet" onClick={() => onAsk({ verb: 'key', of: agent })}>
        Issue a key…
      </button>
    ) : null}
    {agent.stopped ? (
      rights === 'all' ? (
        <button type="button" class="quiet" onClick={() => onAsk({ verb: 'resume', of: agent })}>
          Let go on…
        </button>
      ) : null
    ) : (
      <button type="button" class="quiet" onClick={() => onAsk({ verb: 'stop', of: agent })}>
        Stop…
      </button>
    )}
    {rights === 'all' && agent.source === 'registry' ? (
      <button type="button" class="quiet" onClick={() => onAsk({ verb: 'retire', of: agent })}>
        Retire…
      </button>
    ) : null}
  </div>
);
