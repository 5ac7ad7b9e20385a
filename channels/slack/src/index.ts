export { createSlack, type SlackParts } from './slack.ts';
export type { SlackSettings } from './settings.ts';
export { lintBlocks, type Surface } from './lint.ts';
export { renderCard } from './render.ts';
export type { Block } from './blocks.ts';
