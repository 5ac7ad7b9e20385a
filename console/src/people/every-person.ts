import { get } from '../http/client.ts';
import type { PersonItem, PersonList } from '../wire.ts';

const MOST_PAGES = 20;

/** Everyone, page by page. */
export async function everyPerson(): Promise<PersonList> {
  const items: PersonItem[] = [];
  let next: string | undefined;
  for (let i = 0; i < MOST_PAGES; i++) {
    const query = next === undefined ? '' : `?${new URLSearchParams({ after: next })}`;
    // each page names the next
    // oxlint-disable-next-line no-await-in-loop
    const page: PersonList = await get<PersonList>(`/v1/people${query}`);
    items.push(...page.items);
    next = page.next;
    if (next === undefined) break;
  }
  return { items, ...(next === undefined ? {} : { next }) };
}
