export { whyNoApp, type AppSettings } from './app/manifest.ts';
export { appPackage } from './app/package.ts';
export type { TeamsSettings } from './settings.ts';
export { createTeams, type TeamsParts } from './teams.ts';
