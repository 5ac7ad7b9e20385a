import * as tool from '../tool.ts';
import { query, type RouteOf } from './route.ts';

export type ToolBodies = {
  readonly tellTools: tool.TellingTools;
  readonly reviewTool: tool.ReviewingTool;
};

/** Pins of the tools of MCP servers: told of, looked at, reviewed. */
export const toolRoutes: readonly RouteOf<ToolBodies, 'tools' | 'tool'>[] = [
  {
    id: 'tellTools',
    method: 'POST',
    path: '/v1/tools',
    summary: 'Tell what a server of the agent’s own lists, and hear which of its tools may be used',
    callers: ['agent'],
    body: tool.tellingTools,
    answers: { 200: { description: 'where each tool stands', schema: tool.toldTools } },
    problems: ['unknown-resource'],
  },
  {
    id: 'tools',
    method: 'GET',
    path: '/v1/tools',
    summary: 'Tools of MCP servers, those that wait for a review first',
    callers: ['person'],
    parameters: [query('server', 'only those of this server', { type: 'string' })],
    answers: { 200: { description: 'all of them', schema: tool.toolList } },
    problems: [],
  },
  {
    id: 'tool',
    method: 'GET',
    path: '/v1/tools/{path*}',
    summary:
      'A tool as `{server}/{tool}`, percent-encoded, and how its definition differs from what was accepted',
    callers: ['person'],
    parameters: [
      query('pin', 'of this definition; else of the one that was seen last', { type: 'string' }),
    ],
    answers: { 200: { description: 'what there is to review', schema: tool.toolPage } },
    problems: ['not-found'],
  },
  {
    id: 'reviewTool',
    method: 'POST',
    path: '/v1/tools/review',
    summary: 'Accept or refuse a definition of a tool; accepting permits no call',
    callers: ['person'],
    needs: 'administrator',
    body: tool.reviewingTool,
    answers: { 200: { description: 'the tool as it stands now', schema: tool.toolPage } },
    problems: [
      'not-found',
      'seen-mismatch',
      'already-reviewed',
      'busy',
      'overloaded',
      'sign-in-again',
    ],
  },
];
