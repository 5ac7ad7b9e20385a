import type { Members } from './message.ts';
import { WAIT_TOOL } from './names.ts';

const DEFINITION: Members = Object.freeze({
  name: WAIT_TOOL,
  title: 'Wait for a human approval',
  description:
    'Waits until people have decided a call that was not executed because it needs approval, and returns the result of that call. It decides nothing and starts nothing else. Give the approval id from the result that said NOT EXECUTED.',
  inputSchema: {
    type: 'object',
    properties: {
      approval_id: { type: 'string', description: 'As in the result: apr_…', maxLength: 64 },
    },
    required: ['approval_id'],
    additionalProperties: false,
  },
  annotations: {
    title: 'Wait for a human approval',
    readOnlyHint: true,
    destructiveHint: false,
    idempotentHint: true,
    openWorldHint: false,
  },
});

/** The definition of `countersign_wait` as it stands in lists. */
export const waitTool = (): Members => DEFINITION;
