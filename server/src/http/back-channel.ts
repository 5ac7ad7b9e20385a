import type { SignIn } from '@countersign/identity';
import type { Reply } from './exchange.ts';
import type { Mount, Visit } from './mounts.ts';
import { readBytes } from './read-body.ts';
import { refuse } from './refuse.ts';

const PREFIX = '/auth/backchannel/';
const MAX_BYTES = 16_384;
const FORM = /^application\/x-www-form-urlencoded[\t ]*(?:;|$)/i;

/** Where identity providers tell that a session of theirs is over (OpenID Connect Back-Channel Logout 1.0). */
export const backChannel = ({ loggedOut }: Pick<SignIn, 'loggedOut'>): Mount => ({
  id: 'backchannel',
  prefix: PREFIX,
  handle: async (visit) => {
    const { method, headers } = visit.request;
    if (method !== 'POST')
      return refuse(visit, 'method-not-allowed', { headers: ['allow', 'POST'] });
    if (!FORM.test(headers['content-type'] ?? '')) return refuse(visit, 'unsupported-media-type');
    return told(visit, loggedOut);
  },
});

async function told(visit: Visit, loggedOut: SignIn['loggedOut']): Promise<Reply> {
  const bytes = await readBytes(visit.request, MAX_BYTES);
  if (bytes === 'gone') return 'taken';
  if (typeof bytes === 'string') return refuse(visit, 'body-too-large');
  const [token, ...more] = new URLSearchParams(Buffer.from(bytes).toString('utf8')).getAll(
    'logout_token',
  );
  if (token === undefined || more.length > 0) return refuse(visit, 'logout-invalid');
  const done = await loggedOut(visit.path.slice(PREFIX.length), token);
  return done.ok
    ? { status: 200, type: 'text/plain; charset=utf-8', body: '' }
    : refuse(visit, done.error);
}
