import type { Answer, RouteOf } from './route.ts';

/** The console's pages, by the id of their route. */
export const CONSOLE_PAGES = {
  inboxPage: '/',
  reviewPage: '/a/{id}',
  batchPage: '/batch',
  explorerPage: '/explorer',
  policiesPage: '/policies',
  peoplePage: '/people',
  agentsPage: '/agents',
  mePage: '/me',
  reportPage: '/report',
  signInPage: '/sign-in',
  terminalPage: '/terminal',
  waiversPage: '/waivers',
  channelsPage: '/channels',
  toolsPage: '/tools',
} as const;

/** The id of a page of the console. */
export type ConsolePage = keyof typeof CONSOLE_PAGES;

const page: Answer = {
  description: 'the console; what it may show is asked for by its script, with the session',
  type: 'text/html; charset=utf-8',
};
const file = (description: string, type: string): Answer => ({ description, type });

const fileRoute = <Id extends string>(id: Id, path: string, summary: string, answer: Answer) =>
  ({
    id,
    method: 'GET',
    path,
    summary,
    callers: [],
    isQueryOpen: true,
    answers: { 200: answer },
    problems: ['not-found'],
  }) as const;

type Console = RouteOf<{}, ConsolePage | 'consoleAsset' | 'consoleWorker' | 'consoleManifest'>;

/** The console: one page under every address of its own, and the files it is made of. Public, for it holds nothing private. */
export const consoleRoutes: readonly Console[] = [
  ...(Object.keys(CONSOLE_PAGES) as ConsolePage[]).map((id) =>
    fileRoute(id, CONSOLE_PAGES[id], 'A page of the console', page),
  ),
  fileRoute(
    'consoleAsset',
    '/assets/{path*}',
    'Scripts, styles and icons of the console',
    file('immutable bytes', 'application/octet-stream'),
  ),
  fileRoute(
    'consoleWorker',
    '/sw.js',
    'The worker that shows notifications',
    file('a script', 'text/javascript; charset=utf-8'),
  ),
  fileRoute(
    'consoleManifest',
    '/manifest.webmanifest',
    'How the console is installed as an app',
    file('a web app manifest', 'application/manifest+json'),
  ),
];
