import type { ComponentChildren, VNode } from 'preact';
import { useState } from 'preact/hooks';
import { tell } from '../app/tell.ts';
import { tellOf } from '../http/client.ts';
import { Dialog } from './dialog.tsx';
import { Banner, Busy } from './parts.tsx';
import { SignInAgain } from './sign-in-again.tsx';

/** Asks before something is done that cannot simply be taken back; with a reason where one is kept. */
export function Ask({
  title,
  verb,
  children,
  reason,
  isGrave = false,
  onDo,
  onClose,
}: {
  readonly title: string;
  readonly verb: string;
  readonly children?: ComponentChildren;
  readonly reason?: 'required';
  readonly isGrave?: boolean;
  readonly onDo: (reason: string) => Promise<unknown>;
  readonly onClose: () => void;
}): VNode {
  const [text, setText] = useState('');
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  const doIt = async (): Promise<void> => {
    setBusy(true);
    try {
      await onDo(text.trim());
      tell(`${verb}: done`, 'good');
      onClose();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  const isReady = reason === undefined || text.trim() !== '';
  return (
    <Dialog title={title} onClose={onClose}>
      {(isArmed) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isArmed && isReady && !isBusy) void doIt();
          }}
        >
          {children}
          {reason === undefined ? null : (
            <label class="field">
              Reason (required)
              <textarea
                required
                maxLength={500}
                rows={2}
                value={text}
                onInput={(event) => setText(event.currentTarget.value)}
              />
            </label>
          )}
          {error === undefined ? null : (
            <Banner tone="bad">
              {tellOf(error)}. <SignInAgain error={error} />
            </Banner>
          )}
          <div class="dialog-buttons">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button
              type="submit"
              class={isGrave ? 'danger' : 'primary'}
              disabled={!isArmed || !isReady || isBusy}
            >
              <Busy isBusy={isBusy} label={verb} />
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
