import { assertNever } from '@countersign/core';
import type { Key } from './keys.ts';
import {
  only,
  selectedOf,
  type Around,
  type Happening,
  type Model,
  type Place,
  type Step,
  type Verb,
} from './model.ts';
import { ask, pressAsked } from './question.ts';

type OnPage = Extract<Place, { at: 'page' }>;

/** The next model, and what is to be done. Pure: time, chance and the size of the screen are told. */
export function step(model: Model, happening: Happening, around: Around): Step {
  switch (happening.type) {
    case 'key':
      return press(model, happening.key, around);
    case 'listed':
      return only({ ...model, ...listed(model, happening.items) });
    case 'loaded':
      return loaded(model, happening.page);
    case 'changed':
      return changed(model, happening.id);
    case 'live':
      return only({ ...model, isLive: happening.isLive });
    case 'told':
      return only({ ...model, note: happening.note });
    case 'drawn':
      return only(seen(model, around));
    case 'resized':
      return only(fromTop(model));
    default:
      return assertNever(happening);
  }
}

function listed(model: Model, found: Model['items']): Pick<Model, 'items' | 'selected'> {
  const items = found.toSorted((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
  const has = items.some(({ approvalId }) => approvalId === model.selected);
  if (has) return { items, ...(model.selected === undefined ? {} : { selected: model.selected }) };
  const before = model.items.findIndex(({ approvalId }) => approvalId === model.selected);
  const near = items[Math.min(Math.max(before, 0), items.length - 1)];
  return { items, ...(near ? { selected: near.approvalId } : {}) };
}

/** A request that is shown is looked at again whenever it changed; the list always. */
function changed(model: Model, id: string | undefined): Step {
  const { place } = model;
  const shown = place.at === 'page' ? place.page.status.approvalId : undefined;
  const isShown = shown !== undefined && (id === undefined || id === shown);
  return {
    model,
    effects: [{ do: 'list' }, ...(isShown ? [{ do: 'load', id: shown } as const] : [])],
  };
}

function loaded(model: Model, page: OnPage['page']): Step {
  const { place } = model;
  if (place.at === 'loading' && place.id === page.status.approvalId) {
    const next: Model = { ...model, note: '', place: { at: 'page', page, top: 0, read: 0 } };
    // what it says has to be drawn before anybody is asked about it
    return place.wanted ? only({ ...next, note: hintOf(place.wanted) }) : only(next);
  }
  if (place.at !== 'page' || place.page.status.approvalId !== page.status.approvalId)
    return only(model);
  if (isSame(place.page, page)) return only({ ...model, place: { ...place, page } });
  const note = place.question ? CHANGED : model.note;
  return only({ ...model, note, place: { at: 'page', page, top: 0, read: 0 } });
}

const CHANGED = 'it changed while you were asked; nothing was decided';
const hintOf = (verb: Verb): string => `read it, then press ${verb === 'deny' ? 'd' : 'a'}`;

/** Whether what is asked is still the very same (A13). */
const isSame = (a: OnPage['page'], b: OnPage['page']): boolean =>
  a.version === b.version && a.seenDigest === b.seenDigest && a.status.state === b.status.state;

/** With other lines nobody knows which of them were read. */
const fromTop = (model: Model): Model =>
  model.place.at === 'page' ? { ...model, place: { ...model.place, top: 0, read: 0 } } : model;

/** What is on the screen now has been seen. */
function seen(model: Model, { lines, room }: Around): Model {
  const { place } = model;
  if (place.at !== 'page') return model;
  // from the beginning on: what was jumped over was not
  if (place.top > place.read) return model;
  const read = Math.max(place.read, Math.min(lines, place.top + room));
  return read === place.read ? model : { ...model, place: { ...place, read } };
}

function press(model: Model, key: Key, around: Around): Step {
  if (key.name === 'interrupt') return { model, effects: [{ do: 'end', exitCode: 130 }] };
  switch (model.place.at) {
    case 'list':
      return pressList(model, key);
    case 'loading':
      return isBack(key) ? only({ ...model, place: { at: 'list' } }) : only(model);
    case 'page':
      return model.place.question
        ? pressAsked(model, { ...model.place, question: model.place.question }, { key, around })
        : pressPage(model, model.place, { key, around });
    default:
      return assertNever(model.place);
  }
}

const nameOf = (key: Key): string => (key.name === 'char' ? key.char : key.name);
const isBack = (key: Key): boolean => ['q', 'h', 'left', 'escape'].includes(nameOf(key));

function pressList(model: Model, key: Key): Step {
  const name = nameOf(key);
  const { items } = model;
  const now = selectedOf(model);
  const at = now ? items.indexOf(now) : 0;
  const to = (index: number): Step => {
    const next = items[Math.min(Math.max(index, 0), items.length - 1)];
    return only({ ...model, note: '', ...(next ? { selected: next.approvalId } : {}) });
  };
  if (name === 'q' || name === 'escape') return { model, effects: [{ do: 'end', exitCode: 0 }] };
  if (name === 'j' || name === 'down') return to(at + 1);
  if (name === 'k' || name === 'up') return to(at - 1);
  if (name === 'g' || name === 'home') return to(0);
  if (name === 'G' || name === 'end') return to(items.length - 1);
  if (!now) return only(model);
  if (name === 'o') return { model, effects: [{ do: 'browse', id: now.approvalId }] };
  if (['enter', 'right', 'l'].includes(name)) return open(model, now.approvalId);
  if (name === 'a') return open(model, now.approvalId, 'approve');
  return name === 'd' ? open(model, now.approvalId, 'deny') : only(model);
}

const open = (model: Model, id: string, wanted?: Verb): Step => ({
  model: {
    ...model,
    selected: id,
    note: '',
    place: { at: 'loading', id, ...(wanted ? { wanted } : {}) },
  },
  effects: [{ do: 'load', id }],
});

type Pressed = { readonly key: Key; readonly around: Around };

function pressPage(model: Model, place: OnPage, { key, around }: Pressed): Step {
  const name = nameOf(key);
  const { lines, room } = around;
  const last = Math.max(0, lines - room);
  const to = (top: number): Step =>
    only({ ...model, note: '', place: { ...place, top: Math.min(Math.max(top, 0), last) } });
  if (isBack(key)) return only({ ...model, note: '', place: { at: 'list' } });
  if (name === 'j' || name === 'down') return to(place.top + 1);
  if (name === 'k' || name === 'up') return to(place.top - 1);
  if (name === ' ' || name === 'page-down') return to(place.top + room);
  if (name === 'b' || name === 'page-up') return to(place.top - room);
  if (name === 'g' || name === 'home') return to(0);
  if (name === 'G' || name === 'end') return to(last);
  const { approvalId } = place.page.status;
  if (name === 'o' && approvalId !== undefined)
    return { model, effects: [{ do: 'browse', id: approvalId }] };
  if (name === 'a') return ask(model, place, { wanted: 'approve', around });
  return name === 'd' ? ask(model, place, { wanted: 'deny', around }) : only(model);
}
