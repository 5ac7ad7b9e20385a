import type { DrillList } from '@countersign/api';
import { createTransport, type ActionStatus } from '@countersign/sdk';
import type { Call, Run } from '../command.ts';
import { identityOf } from '../credentials.ts';
import { EXIT } from '../exit.ts';
import { field, plain, table } from '../text.ts';

const transport = (call: Call) => createTransport(identityOf(call, 'person'));

/** Asks people about a harmless request, now. */
export const runDrill: Run = async (call) => {
  const template = call.text('template');
  const status = await transport(call).json<ActionStatus>({
    method: 'POST',
    path: '/v1/drills',
    body: template === undefined ? {} : { template },
  });
  const text = [
    status.state === 'pending' ? 'asked; tell nobody\n' : `nobody was asked: ${status.state}\n`,
    field('action', status.id),
    status.approvalId === undefined ? '' : field('approval', status.approvalId),
    status.reasons.length === 0 ? '' : field('why', ...status.reasons.map(plain)),
  ];
  call.io.out(call.has('json') ? `${JSON.stringify(status)}\n` : text.join(''));
  return EXIT.done;
};

/** What came of drills. */
export const list: Run = async (call) => {
  const found = await transport(call).json<DrillList>({
    method: 'GET',
    path: '/v1/drills',
    tries: 3,
  });
  const rows = found.items.map(({ result, endedAt, by, headline }) => [
    result,
    endedAt.slice(0, 16),
    plain(by === undefined ? '' : (found.names[by] ?? by)),
    plain(headline),
  ]);
  const none = found.isConfigured ? 'no drill is over yet\n' : 'drills are not configured\n';
  const text = rows.length === 0 ? none : table([['RESULT', 'ENDED', 'BY', 'WHAT'], ...rows]);
  const waiting = found.waiting === 0 ? '' : `${found.waiting} waiting\n`;
  call.io.out(call.has('json') ? `${JSON.stringify(found)}\n` : text + waiting);
  return EXIT.done;
};
