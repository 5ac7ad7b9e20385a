import type { Attributed } from './event.ts';

/** Facts about agents. */
export type AgentEvent = Attributed & {
  readonly type: 'agent.stopped' | 'agent.resumed';
  readonly agent: string;
};

/** Agents that are stopped. */
export type Agents = { readonly stopped: Set<string> };

export const noAgents = (): Agents => ({ stopped: new Set() });

/** Takes one more fact in. */
export function tellAgents({ stopped }: Agents, event: AgentEvent): void {
  if (event.type === 'agent.stopped') stopped.add(event.agent);
  else stopped.delete(event.agent);
}
