import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { go } from '../app/router.ts';
import { tell } from '../app/tell.ts';
import { stateText } from '../format/words.ts';
import { post, tellOf } from '../http/client.ts';
import { Dialog } from '../ui/dialog.tsx';
import { Banner, Busy } from '../ui/parts.tsx';
import type { ActionStatus, ApprovalPage, Json } from '../wire.ts';
import { leavesOf, typedAs, withLeaf, type Leaf } from './edited.ts';

type Props = { readonly id: string; readonly page: ApprovalPage; readonly onClose: () => void };
type Texts = Readonly<Record<string, string>>;

const keyOf = ({ path }: Leaf): string => path.join('.');
const textOf = ({ value, isVeiled }: Leaf): string => (isVeiled ? '' : String(value));

/** Other arguments: a new action, a new request, votes void, and whoever edits cannot approve it. */
export function Edit({ id, page, onClose }: Props): VNode | null {
  const given = page.view?.action.arguments;
  const [texts, setTexts] = useState<Texts>({});
  const [error, setError] = useState<unknown>();
  const [isBusy, setBusy] = useState(false);
  if (given === undefined) return null;
  const leaves = leavesOf(given);
  const edited = editedFrom(given, leaves, texts);
  const send = async (value: Json): Promise<void> => {
    setBusy(true);
    try {
      const { version } = page;
      const status = await post<ActionStatus>(`/v1/approvals/${id}/edit`, {
        version,
        arguments: value,
      });
      // what policy denies, or nobody can be asked about, replaces nothing: the request as it was still waits
      if (status.state !== 'pending' && status.state !== 'allowed') {
        const why = status.reasons.join('; ');
        throw new Error(
          `That would be ${stateText(status.state)}: ${why}. The request as it was still waits`,
        );
      }
      onClose();
      tell(
        status.state === 'pending' ? 'A new request waits in its place' : 'Policy allows it',
        'good',
      );
      if (status.approvalId !== undefined) go(`/a/${status.approvalId}`);
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title="Edit the arguments" onClose={onClose}>
      {(isArmed) => (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (isArmed && edited !== undefined && !isBusy) void send(edited);
          }}
        >
          <p class="dim">
            This makes a new request that replaces this one. Answers given so far are void, and you
            cannot approve what you edited.
          </p>
          {leaves.map((leaf) => (
            <Field
              key={keyOf(leaf)}
              leaf={leaf}
              text={texts[keyOf(leaf)] ?? textOf(leaf)}
              onText={(text) => setTexts((before) => ({ ...before, [keyOf(leaf)]: text }))}
            />
          ))}
          {error === undefined ? null : <Banner tone="bad">{tellOf(error)}.</Banner>}
          <div class="dialog-buttons">
            <button type="button" onClick={onClose}>
              Cancel
            </button>
            <button type="submit" class="primary" disabled={edited === undefined || isBusy}>
              <Busy isBusy={isBusy} label="Ask for this instead" />
            </button>
          </div>
        </form>
      )}
    </Dialog>
  );
}

/** The whole value with every change in it; undefined while something does not fit its type, or nothing was changed. */
function editedFrom(given: Json, leaves: readonly Leaf[], texts: Texts): Json | undefined {
  let value = given;
  let isChanged = false;
  for (const leaf of leaves) {
    const text = texts[keyOf(leaf)];
    if (text === undefined) {
      if (leaf.isVeiled) return undefined; // the placeholder must never become the argument
      continue;
    }
    const typed = typedAs(leaf, text);
    if (typed === undefined || (leaf.isVeiled && text === '')) return undefined;
    isChanged ||= typed !== leaf.value;
    value = withLeaf(value, leaf.path, typed);
  }
  return isChanged ? value : undefined;
}

function Field({
  leaf,
  text,
  onText,
}: {
  readonly leaf: Leaf;
  readonly text: string;
  readonly onText: (text: string) => void;
}): VNode {
  const isWrong = typedAs(leaf, text) === undefined;
  const type = leaf.value === null ? 'null' : typeof leaf.value;
  const note = leaf.isVeiled
    ? 'masked here: type the whole value'
    : isWrong
      ? `not a ${type}`
      : type;
  return (
    <label class="field">
      <span>
        <code>{leaf.path.join('.') || 'value'}</code>{' '}
        <span class={isWrong ? 'not-ok' : 'dim'}>{note}</span>
      </span>
      {type === 'boolean' ? (
        <select value={text} onChange={(event) => onText(event.currentTarget.value)}>
          <option>true</option>
          <option>false</option>
        </select>
      ) : (
        <textarea
          rows={text.length > 60 || text.includes('\n') ? 4 : 1}
          spellcheck={false}
          class="mono"
          value={text}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      )}
    </label>
  );
}
