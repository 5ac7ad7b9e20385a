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

const DOMAIN = 'countersign/decision/v1\0';

/** The challenge that stands for a statement, as a verifier computes it. */
export async function challengeOf(statement: Statement): Promise<string> {
  const bytes = await sha256(utf8(`${DOMAIN}${canonical(statement)}`));
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
  const isOurs =
    statement.approvalId === approvalId &&
    statement.version === page.version &&
    statement.actionDigest === page.view?.digest &&
    statement.seenDigest === page.seenDigest &&
    statement.choice === choice &&
    statement.person === me.id;
  if (!isOurs) throw new StatementMismatch('what would be signed is not what this page shows');
  if (options.challenge !== (await challengeOf(statement)))
    throw new StatementMismatch('what the passkey would sign is not the hash of the statement');
}
