import type { ChatList } from '@countersign/api';
import { toIso, type Directory } from '@countersign/core';
import type { ChatAccounts, ChatRefusal, Linking } from '@countersign/identity';
import { json, personOf, redirect, type Exchange, type Handlers, type Reply } from './exchange.ts';
import { whyNotManage } from './manage.ts';
import { refuse } from './refuse.ts';
import { LOGIN_SECONDS, whyNoLink, type SignInParts } from './sign-in.ts';

/** What accounts of chats over HTTP need. */
export type ChatParts = {
  readonly accounts: Pick<ChatAccounts, 'of' | 'unlink'>;
  readonly linking: Linking;
  readonly directory: () => Pick<Directory, 'person'>;
};

type ChatRoutes = Pick<
  Handlers,
  'chats' | 'disconnectChat' | 'disconnectChatOf' | 'connectChat' | 'chatCallback'
>;

/** Accounts of people in chats: whoever clicks with one decides as its person, so connecting asks for as much as signing does. */
export function chatRoutes(signIn: SignInParts, parts: ChatParts): ChatRoutes {
  const { accounts, linking, directory } = parts;

  async function disconnect(
    exchange: Exchange<'disconnectChat'> | Exchange<'disconnectChatOf'>,
    person: string,
  ): Promise<Reply> {
    const done = await accounts.unlink(person, exchange.body.kind, personOf(exchange).id);
    return done.ok ? json(200, { removed: done.value }) : refuse(exchange, done.error);
  }

  return {
    chats: async (exchange) =>
      json(200, {
        items: (await accounts.of(personOf(exchange).id)).map(({ kind, since, account }) => ({
          kind,
          since: toIso(since),
          ...(account && { tenant: account.tenant, user: account.user }),
        })),
        places: linking.places.map(({ id, kind }) => ({ id, kind })),
      } satisfies ChatList),
    disconnectChat: (exchange) => disconnect(exchange, personOf(exchange).id),
    disconnectChatOf: (exchange) => {
      // it takes power away: no recent sign-in is asked for, but they must still be an administrator
      const me = personOf(exchange);
      const person = directory().person(me.id) ?? me;
      const how = { gives: false, access: signIn.access(), hasSignIn: true, now: signIn.clock() };
      const barred = whyNotManage({ kind: 'person', id: me.id, person }, how);
      if (barred) return refuse(exchange, barred);
      return directory().person(exchange.param)
        ? disconnect(exchange, exchange.param)
        : refuse(exchange, 'not-found');
    },
    connectChat: (exchange) => connect(signIn, linking, exchange),
    chatCallback: (exchange) => callback(signIn, linking, exchange),
  };
}

async function connect(
  { who, cookies, clock }: SignInParts,
  linking: Linking,
  exchange: Exchange<'connectChat'>,
): Promise<Reply> {
  const current = await who.browser(exchange.request.headers, { isFresh: true });
  const refused = whyNoLink(exchange, current, clock());
  if (refused && refused !== 'taken' && refused.code === 'sign-in-again')
    return told(exchange, { code: 'sign-in-again', detail: 'the sign-in is too long ago' });
  if (refused || !current) return refused ?? refuse(exchange, 'unauthenticated');
  const begun = await linking.begin(exchange.param, current);
  if (!begun.ok) return told(exchange, begun.error);
  const { url, transaction } = begun.value;
  return redirect(302, url, ['set-cookie', cookies.chat.write(transaction, LOGIN_SECONDS)]);
}

async function callback(
  { who, cookies, publicUrl }: SignInParts,
  linking: Linking,
  exchange: Exchange<'chatCallback'>,
): Promise<Reply> {
  const { headers, url } = exchange.request;
  const finished = await linking.finish(exchange.param, {
    url: new URL(`${publicUrl}${url ?? ''}`),
    transaction: cookies.chat.read(headers.cookie),
    current: await who.browser(headers, { isFresh: true }),
  });
  const done = ['set-cookie', cookies.chat.clear()];
  return finished.ok ? redirect(302, '/me', done) : told(exchange, finished.error, done);
}

/** People read it on their own page; programs as a problem. */
function told(
  exchange: Exchange<'connectChat'> | Exchange<'chatCallback'>,
  { code, detail }: ChatRefusal,
  headers: readonly string[] = [],
): Reply {
  const { accept = '' } = exchange.request.headers;
  return accept.includes('text/html')
    ? redirect(303, `/me?problem=${code}`, headers, code)
    : refuse(exchange, code, { detail, headers });
}
