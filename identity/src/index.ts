export { createRoster, DIRECTORY, type Planned, type Roster } from './roster/roster.ts';
export { nothingSaid, type RosterState } from './roster/state.ts';
export type { Attributed, DirectoryEvent } from './roster/event.ts';
export { groupsOf, humanOf, type Account, type GroupSource } from './roster/people.ts';
export type { Session } from './session.ts';
