import {
  startAuthentication,
  type PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser';
import { canonical, sha256, utf8 } from '../exact/canonical.ts';
import { post } from '../http/client.ts';
import type { ApprovalPage, Choice, Control, Decided, Me, Statement } from '../wire.ts';

/** An answer about to be given. */
export type Answering = {
  readonly approvalId: string;
  readonly page: ApprovalPage;
  readonly choice: Choice;
  readonly control: Control;
  readonly reason: string;
};

type Asked = {
  readonly statement: Statement;
  readonly ticket: string;
  readonly options: PublicKeyCredentialRequestOptionsJSON;
};

/** What a passkey is about to sign is not what this page shows. */
class StatementMismatch extends Error {
  readonly code = 'statement-mismatch';
}

const pathOf = ({ approvalId, control }: Answering): string =>
  `/v1/approvals/${approvalId}/${control === 'vote' ? 'votes' : 'confirmations'}`;

const bodyOf = ({ page, choice, reason }: Answering) => ({
  choice,
  version: page.version,
  seenDigest: page.seenDigest,
  ...(reason.trim() === '' ? {} : { reason: reason.trim() }),
});

/** Answers by the session. */
export const answerBySession = (answering: Answering): Promise<Decided> =>
  post(pathOf(answering), bodyOf(answering));

/** Answers by a passkey over the decision statement, after the page has checked what the passkey will sign. */
export async function answerByPasskey(answering: Answering, me: Me): Promise<Decided> {
  const { approvalId, page, choice, control } = answering;
  const { version, seenDigest } = page;
  const asked = await post<Asked>(`/v1/approvals/${approvalId}/statements`, {
    choice,
    version,
    seenDigest,
    control,
  });
  await checkStatement(asked, answering, me);
  const response = await startAuthentication({ optionsJSON: asked.options });
  const { statement, ticket } = asked;
  return post(pathOf(answering), {
    ...bodyOf(answering),
    assertion: { statement, ticket, response },
  });
}

/** What a signature is for; one for another purpose is none. */
export type Purpose = 'decision' | 'break-glass' | 'waiver';

/** The challenge that stands for a statement, as a verifier computes it. */
export async function challengeOf(
  statement: Statement,
  purpose: Purpose = 'decision',
): Promise<string> {
  const bytes = await sha256(utf8(`countersign/${purpose}/v1\0${canonical(statement)}`));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

/** ATTACKER: a statement about another action, or a challenge that is not its hash, would have a person sign it blindly. */
export async function checkStatement(
  { statement, options }: Pick<Asked, 'statement' | 'options'>,
  { approvalId, page, choice }: Pick<Answering, 'approvalId' | 'page' | 'choice'>,
  me: Pick<Me, 'id'>,
): Promise<void> {
  const { version, seenDigest } = page;
  const said = { approvalId, version, seenDigest, actionDigest: page.view?.digest, choice };
  await checkSaid({ statement, options }, { ...said, person: me.id }, 'decision');
}

type Said = Readonly<Partial<Record<keyof Statement, unknown>>>;

async function checkSaid(
  { statement, options }: Pick<Asked, 'statement' | 'options'>,
  said: Said,
  purpose: Purpose,
): Promise<void> {
  const isOurs = Object.entries(said).every(
    ([name, value]) => statement[name as keyof Statement] === value,
  );
  if (!isOurs) throw new StatementMismatch('what would be signed is not what this page shows');
  if (options.challenge !== (await challengeOf(statement, purpose)))
    throw new StatementMismatch('what the passkey would sign is not the hash of the statement');
}

/** What a passkey signs of a statement that is asked for at a path, once it says what it should, for this purpose. */
export async function signedStatement(
  path: string,
  body: object,
  said: Said,
  purpose: Purpose,
): Promise<{ readonly assertion: object }> {
  const asked = await post<Asked>(path, body);
  await checkSaid(asked, said, purpose);
  const response = await startAuthentication({ optionsJSON: asked.options });
  const { statement, ticket } = asked;
  return { assertion: { statement, ticket, response } };
}
