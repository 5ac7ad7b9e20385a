const TITLES: Readonly<Record<string, string>> = {
  '/': 'Inbox',
  '/batch': 'Read together',
  '/explorer': 'Ledger',
  '/policies': 'Policies',
  '/people': 'People',
  '/report': 'Report',
  '/agents': 'Agents',
  '/me': 'Me',
  '/waivers': 'Waivers',
  '/channels': 'Channels',
  '/tools': 'Tools',
  '/sign-in': 'Sign in',
  '/terminal': 'Sign in a terminal',
};

/** The title of the window: the page, and how many requests wait. No text of an agent gets there. */
export const titleOf = (path: string, waiting: number): string =>
  `${waiting > 0 ? `(${waiting}) ` : ''}${TITLES[path] ?? 'Request'} · Countersign`;
