import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../http/client.ts';
import { Ask } from '../ui/ask.tsx';
import type { ApprovalPage } from '../wire.ts';

type Asked = 'revoke' | 'executed' | 'failed';
type Props = {
  readonly id: string;
  readonly page: ApprovalPage;
  readonly onDone: () => void;
};

/** What a person can still do once it is settled: take a yes back before it runs, or say what happened where nobody knows. */
export function After({ id, page: { status }, onDone }: Props): VNode | null {
  const [asked, setAsked] = useState<Asked>();
  const send = async (reason: string): Promise<void> => {
    if (asked === 'revoke') await post(`/v1/approvals/${id}/revoke`, { reason });
    else await post(`/v1/actions/${status.id}/close`, { outcome: asked, note: reason });
    onDone();
  };
  const button = (what: Asked, label: string): VNode => (
    <button type="button" onClick={() => setAsked(what)}>
      {label}
    </button>
  );
  return (
    <>
      {status.state === 'approved' ? button('revoke', 'Take it back…') : null}
      {status.state === 'unknown' && status.closedAs === undefined ? (
        <p class="tools after">
          {button('executed', 'It ran…')} {button('failed', 'It did not…')}
        </p>
      ) : null}
      {asked === undefined ? null : (
        <Ask
          title={TITLES[asked]}
          verb={VERBS[asked]}
          reason="required"
          isGrave={asked === 'revoke'}
          onDo={send}
          onClose={() => setAsked(undefined)}
        >
          <p>{TEXTS[asked]}</p>
        </Ask>
      )}
    </>
  );
}

const TITLES = {
  revoke: 'Take the approval back?',
  executed: 'Say that it ran?',
  failed: 'Say that it did not run?',
} as const;
const VERBS = { revoke: 'Take it back', executed: 'It ran', failed: 'It did not' } as const;
const CLOSE = 'Nothing is run or undone by this. What you found out is recorded, with your name.';
const TEXTS = {
  revoke: 'As long as it has not begun to run, it never will. The agent may ask anew.',
  executed: CLOSE,
  failed: CLOSE,
} as const;
