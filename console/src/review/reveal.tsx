import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { post } from '../http/client.ts';
import { Ask } from '../ui/ask.tsx';
import { Exact } from '../ui/exact.tsx';
import type { ApprovalPage, Json } from '../wire.ts';

type Props = { readonly id: string; readonly page: ApprovalPage };

/** Masked values that this person may see in clear: each with a reason, each recorded before it is shown. */
export function Reveals({ id, page }: Props): VNode | null {
  const [asked, setAsked] = useState<string>();
  const [shown, setShown] = useState<Readonly<Record<string, Json>>>({});
  const paths = page.revealable;
  if (paths.length === 0) return null;
  const reveal = async (path: string, reason: string): Promise<void> => {
    const { value } = await post<{ value: Json }>(`/v1/approvals/${id}/reveal`, { path, reason });
    setShown((before) => ({ ...before, [path]: value }));
  };
  return (
    <div class="reveals">
      {paths.map((path) => (
        <p key={path}>
          <code>{path}</code>{' '}
          {path in shown ? (
            <Exact text={textOf(shown[path] ?? null)} />
          ) : (
            <button type="button" class="quiet" onClick={() => setAsked(path)}>
              Reveal…
            </button>
          )}
        </p>
      ))}
      {asked === undefined ? null : (
        <Ask
          title="Reveal a masked value"
          verb="Reveal"
          reason="required"
          onDo={(reason) => reveal(asked, reason)}
          onClose={() => setAsked(undefined)}
        >
          <p>
            <code>{asked}</code> will be shown to you alone. That you saw it, and why, is recorded
            first.
          </p>
        </Ask>
      )}
    </div>
  );
}

const textOf = (value: Json): string => (typeof value === 'string' ? value : JSON.stringify(value));
