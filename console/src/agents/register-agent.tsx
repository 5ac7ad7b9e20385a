import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../http/client.ts';
import { Ask } from '../ui/ask.tsx';

/** Registers an agent with the one person who answers for it. */
export function RegisterAgent({
  onDone,
  onClose,
}: {
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode {
  const [form, setForm] = useState({ id: '', owner: '', ownerTeam: '', teams: '', trust: '0' });
  const field = (name: keyof typeof form, label: string, hint = ''): VNode => (
    <label class="field">
      {label}
      <input
        class="mono"
        required={name === 'id' || name === 'owner'}
        placeholder={hint}
        value={form[name]}
        onInput={(event) => {
          const { value } = event.currentTarget;
          setForm((before) => ({ ...before, [name]: value }));
        }}
      />
    </label>
  );
  const register = async (): Promise<void> => {
    const { id, owner, ownerTeam, teams, trust } = form;
    if (id.trim() === '' || owner.trim() === '')
      throw new TypeError('an agent has an id and an owner');
    await post('/v1/agents', {
      id: id.trim(),
      owner: owner.trim(),
      ...(ownerTeam.trim() === '' ? {} : { ownerTeam: ownerTeam.trim() }),
      teams: teams.split(/[\s,]+/).filter((one) => one !== ''),
      trust: Number(trust),
    });
    onDone();
  };
  return (
    <Ask title="Register an agent" verb="Register" onDo={register} onClose={onClose}>
      {field('id', 'Id', 'deploy-bot')}
      {field('owner', 'Owner (id of a person)', 'who answers for it, and may never approve it')}
      {field('ownerTeam', 'Team of the owner (optional)')}
      {field('teams', 'Teams of the agent (optional)', 'for policies, separated by spaces')}
      {field('trust', 'Trust, 0 to 3, for policies')}
    </Ask>
  );
}
