import type { VNode } from 'preact';
import { Empty } from '../ui/parts.tsx';
import { InboxPane } from './inbox-pane.tsx';

/** The inbox with nothing open beside it. */
export const InboxPage = (): VNode => (
  <div class="split nothing-open">
    <InboxPane />
    <main class="review">
      <h1 class="visually-hidden">Inbox</h1>
      <Empty title="Choose a request to read it">
        <kbd>j</kbd> and <kbd>k</kbd> move, <kbd>Enter</kbd> opens, <kbd>?</kbd> shows every key.
      </Empty>
    </main>
  </div>
);
