import type { Understood } from '@countersign/core';
import type { CallUnderstood } from './facts.ts';
import type { Tool } from './tools.ts';

type Detail = Understood['details'][number];

const ALARMS = {
  'hidden-characters': 'its description holds characters that nobody sees',
  'lookalike-characters': 'its description holds letters that look like others',
  'orders-to-the-model': 'its description gives orders to the model',
  'names-other-tools': 'its description speaks of other tools of this server',
  'names-secrets': 'its description speaks of keys or files that hold them',
} as const;

const yes = (is: boolean): string => (is ? 'yes' : 'no');
const list = (names: readonly string[], most = 16): string =>
  names.length === 0
    ? 'none'
    : names.slice(0, most).join(', ') +
      (names.length > most ? ` and ${names.length - most} more` : '');

/** One line: what is called where, and what the call does as far as the server says. */
export function headlineOf(server: string, { facts }: CallUnderstood): string {
  const kind = facts.destructive ? 'may destroy' : facts.readOnly ? 'reads' : 'writes';
  return `Call ${facts.tool} of ${server} (${kind})`;
}

/** The lines a reviewer reads before anything the agent says. What the server says of its tool is called its claim (R8). */
export function describe(
  tool: Tool,
  { facts, inspectable, given }: CallUnderstood,
): readonly Detail[] {
  return [
    ...facts.suspicious.map((one) => ({ label: 'Alarm', value: ALARMS[one] })),
    ...(facts.conforms
      ? []
      : [{ label: 'Alarm', value: 'the arguments do not fit what the tool says it takes' }]),
    { label: 'Server', value: tool.server },
    { label: 'Tool', value: tool.name },
    { label: 'Given', value: list(facts.fields) },
    { label: 'Size of arguments', value: `${facts.bytes} bytes` },
    {
      label: 'The server claims',
      value: `only reads: ${yes(facts.readOnly)}; may destroy: ${yes(facts.destructive)}; repeating it changes nothing more: ${yes(facts.idempotent)}; reaches beyond itself: ${yes(facts.openWorld)}`,
    },
    ...(inspectable === 'full'
      ? []
      : [
          {
            label: 'Not fully understood',
            value: given.isCut
              ? 'there is more in the arguments than policy was told'
              : 'the tool does not say what all of these arguments are',
          },
        ]),
    { label: 'Definition', value: tool.pin },
  ];
}
