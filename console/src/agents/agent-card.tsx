import type { VNode } from 'preact';
import { count } from '../format/words.ts';
import { Exact } from '../ui/exact.tsx';
import { Ago, Remaining, StateChip } from '../ui/parts.tsx';
import type { AgentItem, AgentKey, Stop } from '../wire.ts';

/** What is asked of an agent, before it is done. */
export type AgentAsk =
  | { readonly verb: 'key' | 'retire'; readonly of: AgentItem }
  | { readonly verb: 'stop' | 'resume'; readonly of: AgentItem }
  | { readonly verb: 'revoke'; readonly key: AgentKey };

type Props = {
  readonly agent: AgentItem;
  readonly onAsk: (asked: AgentAsk) => void;
};

/** One agent: whose it is, what it waits for, its keys, its switches. */
export const AgentCard = ({ agent, onAsk }: Props): VNode => (
  <li class="agent">
    <div>
      <b class="mono">
        <Exact text={agent.id} />
      </b>{' '}
      {agent.stopped ? <StateChip state="stopped" /> : null}
      {agent.quarantined ? <StateChip state="quarantined" /> : null}
      <span class="dim">
        {' '}
        owned by {agent.owner}
        {agent.ownerTeam === undefined ? '' : ` (${agent.ownerTeam})`}; trust {agent.trust}
        {agent.teams.length === 0 ? '' : `; ${agent.teams.join(', ')}`}
        {agent.pending === 0
          ? ''
          : `; ${agent.pending} of ${count(agent.mostPending, 'request')} waiting`}
        {agent.source === 'configuration' ? '; from the configuration' : ''}
      </span>
      {agent.isOwnerActive ? null : (
        <p class="not-ok">Its owner is not active: nothing it proposes is taken.</p>
      )}
      {agent.stopped ? (
        <p class="dim">
          <Stopped stop={agent.stop} />
        </p>
      ) : null}
      {agent.spiffe === undefined ? null : (
        <p class="dim">
          <code class="wrap">{agent.spiffe}</code>
        </p>
      )}
      {agent.workloads.length === 0 ? null : (
        <p class="dim">
          Workload tokens of {agent.workloads.map(({ issuer }) => issuer).join(', ')}
        </p>
      )}
    </div>
    <Keys agent={agent} onAsk={onAsk} />
    {agent.may.manage || agent.may.stop ? <Tools agent={agent} onAsk={onAsk} /> : null}
  </li>
);

/** Since when, by whom and why an agent is stopped. */
export const Stopped = ({ stop }: { readonly stop: Stop | undefined }): VNode | null =>
  stop === undefined ? null : (
    <span>
      By {stop.by}, <Ago at={stop.at} />
      {stop.reason === undefined ? '' : `: ${stop.reason}`}.
    </span>
  );

const isManaged = ({ may, source }: AgentItem): boolean => may.manage && source === 'registry';

const Keys = ({ agent, onAsk }: Props): VNode | null => {
  const { keys } = agent;
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
            {key.lastUsedAt === undefined ? null : (
              <span class="dim">
                {' '}
                used <Ago at={key.lastUsedAt} />
              </span>
            )}
          </span>
          {!agent.may.stop || key.revokedAt !== undefined ? null : (
            <button type="button" class="quiet" onClick={() => onAsk({ verb: 'revoke', key })}>
              Revoke…
            </button>
          )}
        </li>
      ))}
    </ul>
  );
};

const Tools = ({ agent, onAsk }: Props): VNode => (
  <div class="tools">
    {isManaged(agent) ? (
      <button type="button" class="quiet" onClick={() => onAsk({ verb: 'key', of: agent })}>
        Issue a key…
      </button>
    ) : null}
    {agent.stopped ? (
      agent.may.manage ? (
        <button type="button" class="quiet" onClick={() => onAsk({ verb: 'resume', of: agent })}>
          Let go on…
        </button>
      ) : null
    ) : (
      <button type="button" class="quiet" onClick={() => onAsk({ verb: 'stop', of: agent })}>
        Stop…
      </button>
    )}
    {isManaged(agent) ? (
      <button type="button" class="quiet" onClick={() => onAsk({ verb: 'retire', of: agent })}>
        Retire…
      </button>
    ) : null}
  </div>
);
