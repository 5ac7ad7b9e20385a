import type { ComponentType } from 'preact';
import { AgentsPage } from '../agents/agents-page.tsx';
import { ChannelsPage } from '../channels/channels-page.tsx';
import { MePage } from '../me/me-page.tsx';
import { PeoplePage } from '../people/people-page.tsx';
import { ReportPage } from '../people/report-page.tsx';
import { PoliciesPage } from '../policies/policies-page.tsx';
import { ToolsPage } from '../tools/tools-page.tsx';
import { WaiversPage } from '../waivers/waivers-page.tsx';

/** Where they are. */
export type MorePath =
  | '/policies'
  | '/people'
  | '/report'
  | '/agents'
  | '/waivers'
  | '/channels'
  | '/tools'
  | '/me';

/** Pages that are fetched together when the first of them is opened: one script of small pages is smaller than many. */
export const MORE_PAGES: Readonly<Record<MorePath, ComponentType>> = {
  '/policies': PoliciesPage,
  '/people': PeoplePage,
  '/report': ReportPage,
  '/agents': AgentsPage,
  '/waivers': WaiversPage,
  '/channels': ChannelsPage,
  '/tools': ToolsPage,
  '/me': MePage,
};
