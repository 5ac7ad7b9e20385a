import type { VNode } from 'preact';
import { post } from '../http/client.ts';
import { Ask } from '../ui/ask.tsx';
import type { PersonItem } from '../wire.ts';

/** What is asked of an account, before it is done. */
export type Asked = {
  readonly verb: 'deactivate' | 'activate' | 'sign-out' | 'link';
  readonly of: PersonItem;
};

const TEXTS = {
  deactivate:
    'They are signed out at once, and no longer count in any request that waits, even if they answered.',
  activate: 'They can sign in again and count as their groups say.',
  'sign-out': 'Every browser and terminal of theirs is signed out at once.',
} as const;
const VERBS = { deactivate: 'Deactivate', activate: 'Activate', 'sign-out': 'Sign out' } as const;

/** Asks before an account is changed. */
export function Manage({
  asked: { verb, of },
  onDone,
  onClose,
}: {
  readonly asked: Asked;
  readonly onDone: () => void;
  readonly onClose: () => void;
}): VNode | null {
  if (verb === 'link') return null;
  const isReasoned = verb !== 'sign-out';
  return (
    <Ask
      title={`${VERBS[verb]} ${of.name}?`}
      verb={VERBS[verb]}
      isGrave={verb !== 'activate'}
      {...(isReasoned ? { reason: 'required' as const } : {})}
      onDo={async (reason) => {
        await post(`/v1/people/${of.id}/${verb}`, isReasoned ? { reason } : {});
        onDone();
      }}
      onClose={onClose}
    >
      <p>{TEXTS[verb]}</p>
    </Ask>
  );
}
