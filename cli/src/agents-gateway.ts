import type {
  AgentItem,
  AgentList,
  Altering,
  IssuedKey,
  Issuing,
  Registering,
  Rotating,
  SwitchState,
} from '@countersign/api';
import { createTransport } from '@countersign/sdk';
import { Usage } from './command.ts';
import type { Identity } from './credentials.ts';

/** The gateway as whoever manages agents sees it. */
export type AgentsGateway = {
  readonly list: () => Promise<AgentList>;
  readonly register: (given: Registering) => Promise<AgentItem>;
  readonly change: (id: string, given: Altering) => Promise<AgentItem>;
  readonly retire: (id: string, reason?: string) => Promise<AgentItem>;
  readonly issue: (id: string, given: Issuing) => Promise<IssuedKey>;
  readonly rotate: (key: string, given: Rotating) => Promise<IssuedKey>;
  readonly revoke: (key: string, reason?: string) => Promise<{ readonly revokedAt: string }>;
  readonly stop: (id: string, reason: string) => Promise<AgentItem>;
  readonly resume: (id: string, reason: string) => Promise<AgentItem>;
  readonly switchAll: (stopped: boolean, reason: string) => Promise<SwitchState>;
};

/** Requests with one person's token. Each is sent once: whoever asked decides to try again. */
export function openAgents(identity: Identity): AgentsGateway {
  const { json } = createTransport(identity);
  const post = <T>(path: string, body: object): Promise<T> => json({ method: 'POST', path, body });
  return {
    list: () => json({ method: 'GET', path: '/v1/agents', tries: 3 }),
    register: (given) => post('/v1/agents', given),
    change: (id, given) => post(`/v1/agents/${inPath(id)}`, given),
    retire: (id, reason) => post(`/v1/agents/${inPath(id)}/retire`, because(reason)),
    issue: (id, given) => post(`/v1/agents/${inPath(id)}/keys`, given),
    rotate: (key, given) => post(`/v1/keys/${inPath(key)}/rotate`, given),
    revoke: (key, reason) => post(`/v1/keys/${inPath(key)}/revoke`, because(reason)),
    stop: (id, reason) => post(`/v1/agents/${inPath(id)}/stop`, { reason }),
    resume: (id, reason) => post(`/v1/agents/${inPath(id)}/resume`, { reason }),
    switchAll: (stopped, reason) => post('/v1/kill-switch', { stopped, reason }),
  };
}

const because = (reason: string | undefined): object => (reason === undefined ? {} : { reason });

/** An id as it stands in a path: the gateway decodes nothing, so what would need it is no id. */
function inPath(id: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._@+:-]{0,127}$/.test(id)) return id;
  throw new Usage(`\`${id}\` is not an id`);
}
