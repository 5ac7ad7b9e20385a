import type { VNode } from 'preact';
import { useState } from 'preact/hooks';
import { me, post } from '../http/client.ts';
import { Ask } from '../ui/ask.tsx';
import { Exact } from '../ui/exact.tsx';
import { Ago, Banner } from '../ui/parts.tsx';
import type { ApprovalPage } from '../wire.ts';
import { signedStatement } from './answer.ts';

type Props = { readonly id: string; readonly page: ApprovalPage; readonly onDone: () => void };
type Asked = 'waive' | 'break' | 'justified' | 'not-justified';

const WAIVABLE = ['pending', 'approved', 'executing', 'executed', 'failed', 'unknown', 'lapsed'];
const HOUR = 3_600_000;

/** What stands out of the ordinary course: glass that somebody broke, or may break; and what may be remembered. */
export function Exception({ id, page, onDone }: Props): VNode {
  const [asked, setAsked] = useState<Asked>();
  const { status, waivable, may } = page;
  const glass = status.brokenGlass;
  const button = (what: Asked, label: string): VNode => (
    <button type="button" onClick={() => setAsked(what)}>
      {label}
    </button>
  );
  return (
    <>
      {glass ? (
        <Banner tone="warn" title={`Broken glass: ${glass.by} went ahead alone`}>
          <p>
            “<Exact text={glass.reason} />” <Ago at={glass.at} />
          </p>
          <p>
            {glass.finding === undefined ? 'To be reviewed by ' : `Reviewed: ${glass.finding}. `}
            {glass.finding === undefined ? new Date(glass.reviewBy).toLocaleString() : null}
          </p>
          {glass.finding === undefined ? (
            <p class="tools">
              {button('justified', 'It was justified…')} {button('not-justified', 'It was not…')}
            </p>
          ) : null}
        </Banner>
      ) : null}
      <p class="tools">
        {waivable && WAIVABLE.includes(status.state) ? button('waive', 'Remember this…') : null}{' '}
        {may.breakGlass ? button('break', 'Break the glass…') : null}
      </p>
      {asked === undefined ? null : (
        <Question
          id={id}
          page={page}
          asked={asked}
          onDone={onDone}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}

const number = (label: string, value: string, set: (value: string) => void, max: number): VNode => (
  <label class="field">
    {label}, at most {max}
    <input
      type="number"
      value={value}
      step="any"
      onInput={(event) => set(event.currentTarget.value)}
    />
  </label>
);

const FOUND = 'What you found is recorded, with your name.';
const TEXTS: Readonly<Record<Asked, readonly [verb: string, text: string]>> = {
  waive: [
    'Remember this',
    'Exactly this action need not be asked about, once people endorsed that who would be asked.',
  ],
  break: [
    'Break the glass',
    'All who are passed over are told, with your reason. It is reviewed, and stays marked.',
  ],
  justified: ['It was justified', FOUND],
  'not-justified': ['It was not justified', FOUND],
};

function Question({
  id,
  page,
  asked,
  onDone,
  onClose,
}: Props & { readonly asked: Asked; readonly onClose: () => void }): VNode {
  const [verb, text] = TEXTS[asked];
  const most = page.waivable ?? { ms: HOUR, uses: 1 };
  const [hours, setHours] = useState(String(most.ms / HOUR));
  const [uses, setUses] = useState(String(most.uses));
  const send = async (reason: string): Promise<void> => {
    if (asked === 'waive') await waive(id, page, Number(hours) * HOUR, Number(uses), reason);
    else if (asked === 'break') await breakGlass(id, page, reason);
    else await post(`/v1/approvals/${id}/break-glass-review`, { finding: asked, note: reason });
    onDone();
  };
  return (
    <Ask
      title={`${verb}?`}
      verb={verb}
      reason="required"
      isGrave={asked === 'break'}
      onDo={send}
      onClose={onClose}
    >
      <p>{text}</p>
      {asked === 'waive' ? number('Hours', hours, setHours, most.ms / HOUR) : null}
      {asked === 'waive' ? number('Uses', uses, setUses, most.uses) : null}
    </Ask>
  );
}

const waive = (
  approvalId: string,
  { version, seenDigest }: ApprovalPage,
  ms: number,
  uses: number,
  reason: string,
): Promise<unknown> =>
  post('/v1/waivers', {
    approvalId,
    version,
    seenDigest,
    scope: {},
    ms: Math.round(ms),
    uses,
    reason,
  });

/** By a passkey where the person has one: it is taken wherever a session is, and needed where policy says. */
async function breakGlass(id: string, page: ApprovalPage, reason: string): Promise<void> {
  const { version, seenDigest } = page;
  const who = me.value;
  const isSigned = typeof who === 'object' && who.reach !== 'chat' && who.reach !== 'session';
  const said = { version, seenDigest, choice: 'approve' } as const;
  const path = `/v1/approvals/${id}`;
  const signed = isSigned
    ? await signedStatement(
        `${path}/statements`,
        { ...said, control: 'break-glass' },
        { ...said, approvalId: id, actionDigest: page.view?.digest, person: who.id },
        'break-glass',
      )
    : {};
  await post(`${path}/break-glass`, { version, seenDigest, reason, ...signed });
}
