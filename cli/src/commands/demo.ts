import type { Run } from '../command.ts';

/** Plays the demo; it brings its own folder, gateway and people. */
export const demo: Run = async (call) => {
  const { demo: play } = await import('../demo/main.ts');
  return play(call.io, { unattended: call.has('unattended') });
};
