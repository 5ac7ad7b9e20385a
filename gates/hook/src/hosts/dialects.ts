import type { Dialect } from '../event.ts';
import type { Host } from '../host.ts';
import { claudeCode } from './claude-code.ts';
import { codex } from './codex.ts';
import { copilot } from './copilot.ts';
import { cursor } from './cursor.ts';
import { gemini } from './gemini.ts';

/** How every host speaks. */
export const DIALECTS: Readonly<Record<Host, Dialect>> = {
  'claude-code': claudeCode,
  codex,
  gemini,
  cursor,
  copilot,
};
