import { describe, expect, test } from 'vitest';
import {
  decisionBar,
  isOneClick,
  LOOK_MS,
  type Bar,
  type Looked,
} from '../src/review/decision-bar.ts';
import type { ApprovalPage, Me, View } from '../src/wire.ts';
import { DANA, pageOf, READ } from './a-page.ts';

type Row = readonly [
  title: string,
  page: Partial<View>,
  more: {
    readonly page?: Partial<ApprovalPage>;
    readonly me?: Partial<Me>;
    readonly looked?: Partial<Looked>;
  },
  bar: string,
];

/** The bar in one line: `Approve | Deny`, with what a button waits for behind a colon; or why it is closed. */
const line = (bar: Bar): string =>
  bar.kind === 'closed'
    ? `closed ${bar.tone}: ${bar.text}`
    : bar.buttons.map(({ label, wait }) => (wait ? `${label}: ${wait}` : label)).join(' | ');

const barOf = ([, view, { page = {}, me = {}, looked = {} }]: Row): Bar =>
  decisionBar(
    { ...pageOf(view), ...(view.asks ? { may: mayOf(view.asks) } : {}), ...page },
    { ...DANA, ...me },
    { ...READ, ...looked },
  );

/** What the gateway says that a person may, of what policy asks. */
function mayOf([ask]: View['asks']): ApprovalPage['may'] {
  const { kind, assurance } = ask ?? { kind: 'review', assurance: 'chat' };
  return {
    vote: kind === 'review',
    confirm: kind === 'confirm',
    ...(assurance === 'chat' ? {} : { needs: assurance }),
  };
}

const session = { ...DANA.session, assurance: 'chat', isRecent: false } as NonNullable<
  Me['session']
>;
const asks = (
  assurance: View['asks'][number]['assurance'],
  kind: 'review' | 'confirm' = 'review',
) => ({
  asks: [{ kind, groups: ['data-owners'], quorum: 1, assurance, stage: 1 }],
});
const settled = (state: ApprovalPage['status']['state']) => ({
  page: { status: { ...pageOf().status, state } },
});
const LONG = 'x'.repeat(10_000);

const ROWS: readonly Row[] = [
  ['a low risk, whole, read', {}, {}, 'Approve | Deny'],
  [
    'nobody with a session',
    {},
    { me: { session: undefined as never } },
    'Approve: sign-in-again | Deny',
  ],
  ['a sign-in too long ago', {}, { me: { session } }, 'Approve: sign-in-again | Deny'],
  ['`chat` is enough', asks('chat'), { me: { session } }, 'Approve | Deny'],
  ['a passkey at hand', {}, { me: { reach: 'passkey' } }, 'Approve | Approve with passkey | Deny'],
  [
    'an old sign-in, a passkey at hand',
    {},
    { me: { session, reach: 'passkey' } },
    'Approve: sign-in-again | Approve with passkey | Deny',
  ],
  [
    'a passkey is asked',
    asks('passkey'),
    { me: { reach: 'passkey' } },
    'Approve with passkey | Deny',
  ],
  [
    'a passkey is asked, none enrolled',
    asks('passkey'),
    {},
    'Approve with passkey: enrol-passkey | Deny',
  ],
  [
    'hardware is asked, a synced passkey at hand',
    asks('hardware'),
    { me: { reach: 'passkey' } },
    'Approve with passkey: enrol-hardware-key | Deny',
  ],
  [
    'the gateway says what is needed',
    asks('chat'),
    { page: { may: { vote: true, confirm: false, needs: 'passkey' } }, me: { reach: 'hardware' } },
    'Approve with passkey | Deny',
  ],
  [
    'A8: partly understood, answered by chat',
    { ...asks('chat'), inspectable: 'partial' },
    { me: { session } },
    'Approve: sign-in-again | Deny',
  ],
  [
    'A8: not understood at all',
    { ...asks('chat'), inspectable: 'none' },
    {},
    'Approve with passkey: enrol-passkey | Deny',
  ],
  [
    'A8: not understood, with a passkey',
    { inspectable: 'none' },
    { me: { reach: 'passkey' } },
    'Approve with passkey | Deny',
  ],
  [
    'A7: not read to its end',
    {},
    { looked: { isReadToEnd: false } },
    'Approve: read-to-end | Deny',
  ],
  [
    'A7: not complete, not read to its end',
    { complete: false },
    { looked: { isReadToEnd: false }, me: { reach: 'passkey' } },
    'Approve: read-to-end | Approve with passkey: read-to-end | Deny',
  ],
  [
    'A7: 10,000 characters of padding',
    { action: { ...pageOf().view?.action, arguments: { note: LONG } } as View['action'] },
    { looked: { isReadToEnd: false } },
    'Approve: read-to-end | Deny',
  ],
  [
    'high, only glanced at',
    { risk: 'high' },
    { looked: { inViewMs: LOOK_MS - 1 } },
    'Approve: look-longer | Deny',
  ],
  ['high, looked at', { risk: 'high' }, { looked: { inViewMs: LOOK_MS } }, 'Approve | Deny'],
  [
    'critical, only glanced at, by passkey',
    { risk: 'critical', ...asks('passkey') },
    { looked: { inViewMs: 0 }, me: { reach: 'hardware' } },
    'Approve with passkey: look-longer | Deny',
  ],
  ['medium needs no pause', { risk: 'medium' }, { looked: { inViewMs: 0 } }, 'Approve | Deny'],
  [
    'a confirmation',
    asks('session', 'confirm'),
    { page: { may: { vote: false, confirm: true } } },
    'Confirm | Deny',
  ],
  [
    'R5: excluded',
    {},
    { page: { may: { vote: false, confirm: false, because: 'excluded' } } },
    'closed quiet: You may not decide this: you, or an account linked with yours, stand behind it.',
  ],
  [
    'R5: excluded, and why',
    { excluded: [{ human: 'dana', because: 'owns the agent' }] },
    { page: { may: { vote: false, confirm: false, because: 'excluded' } } },
    'closed quiet: You may not decide this: dana owns the agent.',
  ],
  [
    'a passkey is asked, and this person can have none yet: a no is still theirs',
    asks('passkey'),
    {
      page: {
        may: { vote: false, confirm: false, because: 'assurance-too-low', needs: 'passkey' },
      },
    },
    'Approve with passkey: enrol-passkey | Deny',
  ],
  [
    'answered already',
    {},
    { page: { may: { vote: false, confirm: false, because: 'already-voted' } } },
    'closed quiet: You have answered. Others are still needed.',
  ],
  [
    'a code nobody knows',
    {},
    { page: { may: { vote: false, confirm: false, because: 'brand-new' } } },
    'closed quiet: You may not answer this.',
  ],
  [
    'a member of a prototype as a code',
    {},
    { page: { may: { vote: false, confirm: false, because: '' } } },
    'closed quiet: You may not answer this.',
  ],
  [
    'A13: the version changed',
    {},
    { looked: { stale: 'A newer version of this request waits.' } },
    'closed stale: A newer version of this request waits.',
  ],
  [
    'R3: the digest does not match',
    {},
    { looked: { integrity: 'broken' } },
    'closed alarm: Do not decide here: this page cannot be trusted.',
  ],
  [
    'R3: broken and stale: the alarm comes first',
    {},
    { looked: { integrity: 'broken', stale: 'x' } },
    'closed alarm: Do not decide here: this page cannot be trusted.',
  ],
  [
    'R3: not yet checked',
    {},
    { looked: { integrity: 'checking' } },
    'closed quiet: Checking what is shown…',
  ],
  [
    'R10: expired on the clock of this page',
    {},
    { looked: { now: 2_000_000 } },
    'closed quiet: Expired: nobody answered in time.',
  ],
  ['R10: expired', {}, settled('expired'), 'closed quiet: Settled: expired.'],
  ['R10: denied', {}, settled('denied'), 'closed quiet: Settled: denied.'],
  ['R10: nobody left', {}, settled('unsatisfiable'), 'closed quiet: Settled: nobody left to ask.'],
  ['approved', {}, settled('approved'), 'closed quiet: Settled: approved.'],
  [
    'A10: erased, so nothing was shown',
    {},
    { page: { view: undefined as never } },
    'closed quiet: What was asked has been erased; it cannot be decided.',
  ],
  [
    'A5: a headline that says it is approved',
    { headline: 'Approved ✅ by security' },
    { looked: { isReadToEnd: false } },
    'Approve: read-to-end | Deny',
  ],
  [
    'A5: a claim that it is approved',
    { claim: 'Already approved. state: approved' },
    { looked: { isReadToEnd: false } },
    'Approve: read-to-end | Deny',
  ],
  [
    'A6: bidi and zero-width in every text',
    { headline: '\u202Eevorppa', claim: '\u200B\u2066', agent: 'b\u200Bot', inspectable: 'none' },
    {},
    'Approve with passkey: enrol-passkey | Deny',
  ],
];

describe('the decision bar', () => {
  test.each(ROWS)('%s', (...row) => {
    expect(line(barOf(row))).toBe(row[3]);
  });

  test('R8: no text of an agent changes a button', () => {
    const plain = line(decisionBar(pageOf(), DANA, READ));
    const said = { claim: LONG, said: { approved: true }, headline: LONG, agent: 'approved' };
    expect(line(decisionBar(pageOf(said), DANA, READ))).toBe(plain);
  });

  test('deny is never held back while the request is what it says', () => {
    const bar = decisionBar(pageOf({ risk: 'critical', inspectable: 'none' }), DANA, {
      ...READ,
      isReadToEnd: false,
      inViewMs: 0,
    });
    expect(line(bar)).toMatch(/\| Deny$/);
  });

  test('one click is offered only for what is whole and understood', () => {
    const { view } = pageOf();
    if (!view) throw new Error('the page has a view');
    expect(isOneClick(view)).toBe(true);
    expect(isOneClick({ ...view, complete: false })).toBe(false);
    expect(isOneClick({ ...view, inspectable: 'partial' })).toBe(false);
    expect(isOneClick({ ...view, inspectable: 'none' })).toBe(false);
  });
});
