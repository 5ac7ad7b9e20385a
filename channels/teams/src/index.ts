export type { TeamsSettings } from './settings.ts';
export { createTeams, type TeamsParts } from './teams.ts';
