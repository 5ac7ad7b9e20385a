import type { VNode } from 'preact';
import { go } from '../app/router.ts';
import { tell } from '../app/tell.ts';
import { get, tellOf } from '../http/client.ts';
import type { ActionStatus } from '../wire.ts';

/** Leads to the request of another action. */
export function FollowUp({
  actionId,
  label,
}: {
  readonly actionId: string;
  readonly label: string;
}): VNode {
  const open = async (): Promise<void> => {
    try {
      const { approvalId } = await get<ActionStatus>(`/v1/actions/${actionId}`);
      if (approvalId === undefined) tell('Nobody was asked about it');
      else go(`/a/${approvalId}`);
    } catch (error) {
      tell(tellOf(error), 'bad');
    }
  };
  return (
    <button type="button" class="link" onClick={() => void open()}>
      {label}
    </button>
  );
}
