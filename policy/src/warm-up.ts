import { typeName, type Call } from './encode.ts';
import type { Engine, Rules } from './engine.ts';

/** Puts one question per action to an engine, so that its slices are parsed and its code compiled before real ones. */
export function warmUp(engine: Engine, { index }: Pick<Rules, 'index'>): void {
  for (const [uid, { resources }] of Object.entries(index.actions).slice(0, MAX_ACTIONS)) {
    const id = JSON.parse(uid.slice(uid.indexOf('"'))) as string;
    const [type] = resources;
    if (type !== undefined) engine.ask(callOf(id, type));
  }
}

const MAX_ACTIONS = 64;

const callOf = (action: string, resourceType: string): Call => ({
  principal: { type: typeName('Agent'), id: '' },
  action: { type: typeName('Action'), id: action },
  resource: { type: resourceType, id: '' },
  context: {},
  entities: [],
});
