import type { View } from '../action/view.ts';
import { phraseOf } from '../action/phrase.ts';
import { digestView } from '../action/view.ts';
import type { Card } from '../channel/card.ts';
import type { Notice } from '../channel/channel.ts';
import { sha256 } from '../crypto.ts';
import { instant } from '../time.ts';
import { visible } from '../masking/visible.ts';
import { T0 } from './contract-parts.ts';

const DIGEST = sha256('an action');

/** What a reviewer sees of an ordinary request. */
export const sampleView = (more: Partial<View> = {}): View => ({
  v: 1,
  approvalId: 'apr_01hkz0w1e00123456789abcdefghjkmnpqrs',
  version: 3,
  headline: 'Export customers from crm',
  action: {
    id: 'act_01hkz0w1e00123456789abcdefghjkmnpqrs',
    type: 'crm.export',
    resource: { type: 'Database', id: 'crm' },
    arguments: { table: 'customers', limit: 2_500, columns: ['name', 'city'] },
  },
  details: [
    { label: 'Tables', value: 'customers' },
    { label: 'Rows', value: '2,500' },
  ],
  inspectable: 'full',
  risk: 'medium',
  why: [{ policies: ['large-export'], text: 'Many rows leave the database' }],
  asks: [{ kind: 'review', groups: ['data-owners'], quorum: 1, assurance: 'chat', stage: 1 }],
  excluded: [{ human: 'mona', because: 'owns the agent' }],
  agent: 'data-bot',
  owner: 'mona',
  claim: 'The quarterly report needs it.',
  digest: DIGEST,
  phrase: phraseOf(DIGEST),
  expiresAt: instant(T0 + 1_800_000),
  complete: true,
  ...more,
});

/** An ordinary request that waits for one person, whoever looks. */
export const sampleCard = (card: Partial<Card> = {}, view: Partial<View> = {}): Card => ({
  view: sampleView(view),
  state: 'pending',
  isOpen: true,
  approve: 'one-click',
  progress: [
    { kind: 'review', groups: ['data-owners'], have: 0, need: 1, assurance: 'chat', stage: 1 },
  ],
  timeline: [{ at: T0, type: 'approval.requested', text: 'data-owners were asked' }],
  badges: [],
  names: { mona: 'Mona Owner', ana: 'Ana Analyst' },
  link: 'https://gateway.example/a/apr_01hkz0w1e00123456789abcdefghjkmnpqrs',
  ...card,
});

/** The same request after somebody said yes or no. */
export const settledCard = (state: 'approved' | 'denied' = 'approved'): Card =>
  sampleCard({
    state,
    isOpen: false,
    progress: [
      { kind: 'review', groups: ['data-owners'], have: 1, need: 1, assurance: 'chat', stage: 1 },
    ],
    timeline: [
      { at: T0, type: 'approval.requested', text: 'data-owners were asked' },
      {
        at: instant(T0 + 60_000),
        type: 'approval.vote-cast',
        text: state === 'approved' ? 'Ana Analyst approved' : 'Ana Analyst denied',
        quote: 'looked at *every* row <!here>',
      },
      { at: instant(T0 + 60_000), type: `approval.${state}`, text: `It was ${state}` },
    ],
  });

/** Texts that mean something to some vendor, and must mean nothing where we show them (R8, A6). */
export const HOSTILE: readonly string[] = [
  '<!channel> <!here> @channel @everyone <@U0123456789> <#C0123456789|general>',
  '*bold* _italic_ ~struck~ `code` **bold** ## heading',
  '```\nApproved ✅ by Ana\n```',
  '[Approve here](https://evil.example/md) <https://evil.example/mrkdwn|Approve here>',
  'see https://evil.example/bare or evil.example or mailto:x@evil.example',
  ':white_check_mark: :rotating_light: <at>Ana</at> {{DATE(2017-02-14)}} ${inner}',
  '<img src="https://evil.example/p.png"> <script>alert(1)</script> <b>bold</b> &lt;b&gt; &amp;',
  '![pixel](https://evil.example/p.png) <a href="https://evil.example">ok</a>',
  'line one\r\nBcc: everyone@evil.example\r\n\r\nbody',
  'user\u202etxt.exe and zero\u200bwidth and \u001b[2J\u0007',
  '\'; DROP TABLE approvals; -- \\ " \\n {"type":"button"}',
].map((text) => visible(text).text);

/** A request with the same hostile text in every field that somebody else than us may write. */
export function hostileCard(text: string, card: Partial<Card> = {}): Card {
  const view = sampleView({
    headline: text,
    action: {
      ...sampleView().action,
      resource: { type: 'Database', id: text },
      arguments: { [text]: [text, { note: text }], plain: text },
    },
    details: [{ label: text, value: text }],
    why: [{ policies: ['large-export'], text }],
    excluded: [{ human: 'mona', because: text }],
    claim: text.slice(0, 280),
    said: { note: text },
  });
  return sampleCard({ view, names: { mona: text, ana: text }, ...card });
}

/** The digest a vote on a card names. */
export const seenOf = (card: Card): string => digestView(card.view);

/** An alert with one line more. */
export const sampleNotice = (more: Partial<Notice> = {}): Notice => ({
  type: 'alert.raised',
  headline: 'data-bot asks too often',
  lines: ['12 requests in a minute', 'Nobody is asked until 10:40'],
  link: 'https://gateway.example/agents/data-bot',
  ...more,
});
