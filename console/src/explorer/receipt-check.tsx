import type { VerifiedReceipt } from '@countersign/verify';
import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { absolute } from '../format/time.ts';
import { stateText } from '../format/words.ts';
import { tellOf } from '../http/client.ts';
import { Exact } from '../ui/exact.tsx';
import { Banner, Digest, Section } from '../ui/parts.tsx';
import { proveReceipt } from './proof.ts';

const MOST_BYTES = 10_000_000;

/** A receipt is dropped here and checked here; it goes nowhere. */
export function ReceiptCheck(): VNode {
  const [proven, setProven] = useState<VerifiedReceipt>();
  const [error, setError] = useState<unknown>();
  const [isOver, setOver] = useState(false);
  const check = async (file: File | undefined): Promise<void> => {
    setProven(undefined);
    setError(undefined);
    if (!file) return;
    try {
      if (file.size > MOST_BYTES) throw new RangeError('no receipt is that long');
      setProven(await proveReceipt(await file.text()));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <Section title="Check a receipt">
      <label
        class={isOver ? 'drop over' : 'drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void check(event.dataTransfer?.files[0]);
        }}
      >
        <input
          type="file"
          class="visually-hidden"
          onChange={(event) => void check(event.currentTarget.files?.[0])}
        />
        <span>
          Drop a <code>.tlog-proof</code> file, or <u>choose one</u>. It is checked in this page.
        </span>
      </label>
      {error === undefined ? null : (
        <Banner tone="bad" title="Not proven">
          {tellOf(error)}.
        </Banner>
      )}
      {proven ? <Verified receipt={proven} /> : null}
    </Section>
  );
}

const Verified = ({ receipt }: { readonly receipt: VerifiedReceipt }): VNode => {
  const { action, state, votes, checkpoint, checks, entries, waivedBy, brokenGlass } = receipt;
  return (
    <>
      <Banner tone="good" title={`Proven: ${stateText(state)}`}>
        <Exact text={`${action.type} on ${action.resource.type}::${action.resource.id}`} />,
        proposed by <Exact text={action.agent} /> (owner <Exact text={action.owner} />
        ). {entries.length} entries of <code>{checkpoint.origin}</code>, tree of{' '}
        {checkpoint.size.toLocaleString('en')}.
      </Banner>
      <p class="proof">
        <Digest value={action.digest} />
        <span>action {checks.action.replace('-', ' ')}</span>
        <span>view {checks.view.replace('-', ' ')}</span>
        <span>grant {checks.grant.replaceAll('-', ' ')}</span>
      </p>
      <ul class="cards">
        {waivedBy?.map(({ id }) => (
          <li key={id}>
            waived by {id}: nobody approved it; whether it was in force is not checked
          </li>
        ))}
        {brokenGlass ? (
          <li>
            <span>
              <b>{brokenGlass.person}</b> broke the glass: “<Exact text={brokenGlass.reason} />”
            </span>
            <span class="dim">{brokenGlass.finding ?? 'not reviewed'}</span>
          </li>
        ) : null}
        {votes.map(({ person, choice, assurance, channel, at }) => (
          <li key={person}>
            <span>
              <b>{person}</b> answered {choice} by {assurance} ({channel})
            </span>
            <span class="dim">{absolute(at)}</span>
          </li>
        ))}
      </ul>
    </>
  );
};
