import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { post, tellOf } from '../http/client.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Banner, Busy } from '../ui/parts.tsx';
import type { AgentItem } from '../wire.ts';

type Issued = { readonly id: string; readonly key: string; readonly expiresAt: string };
type Props = {
  readonly agent: AgentItem;
  readonly onDone: () => void;
  readonly onClose: () => void;
};

/** Issues a key, and shows it this once: nobody can show it again. */
export function IssueKey({ agent, onDone, onClose }: Props): VNode {
  const [name, setName] = useState('');
  const [days, setDays] = useState('90');
  const [issued, setIssued] = useState<Issued>();
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const issue = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { name: name.trim(), days: Number(days) };
      setIssued(await post<Issued>(`/v1/agents/${agent.id}/keys`, body));
      onDone();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={`A key for ${agent.id}`} onClose={onClose}>
      {(isArmed) =>
        issued ? (
          <Shown issued={issued} onClose={onClose} />
        ) : (
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (isArmed && !isBusy) void issue();
            }}
          >
            <label class="field">
              Name
              <input
                required
                maxLength={64}
                placeholder="where it will be used"
                value={name}
                onInput={(event) => setName(event.currentTarget.value)}
              />
            </label>
            <label class="field">
              Days until it expires
              <input
                type="number"
                min={1}
                max={365}
                required
                value={days}
                onInput={(event) => setDays(event.currentTarget.value)}
              />
            </label>
            {error === undefined ? null : <Banner tone="bad">{tellOf(error)}.</Banner>}
            <div class="dialog-buttons">
              <button type="button" onClick={onClose}>
                Cancel
              </button>
              <button
                type="submit"
                class="primary"
                disabled={!isArmed || isBusy || name.trim() === ''}
              >
                <Busy isBusy={isBusy} label="Issue" />
              </button>
            </div>
          </form>
        )
      }
    </Dialog>
  );
}

const Shown = ({
  issued: { key },
  onClose,
}: {
  readonly issued: Issued;
  readonly onClose: () => void;
}): VNode => (
  <>
    <Banner tone="warn" title="This is shown once">
      Only its digest is kept here. Put it where the agent reads it, now.
    </Banner>
    <pre class="raw secret">{key}</pre>
    <div class="dialog-buttons">
      <button
        type="button"
        onClick={() =>
          void navigator.clipboard.writeText(key).then(
            () => tell('Copied', 'good'),
            () => tell('The browser did not let it be copied', 'bad'),
          )
        }
      >
        Copy
      </button>
      <button type="button" class="primary" onClick={onClose}>
        I have it
      </button>
    </div>
  </>
);
