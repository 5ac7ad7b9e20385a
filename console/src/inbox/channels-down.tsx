import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { absolute } from '../format/time.ts';
import { channelText } from '../format/words.ts';
import { get } from '../http/client.ts';
import { onChange } from '../http/live.ts';
import { useResource } from '../http/resource.ts';
import { Banner } from '../ui/parts.tsx';
import type { ChannelList } from '../wire.ts';

/** By then it shows whether what was just asked goes through. */
const SETTLE_MS = 8_000;

/** That nobody need wait for a chat that is down: whatever is asked there is asked here. */
export function ChannelsDown(): VNode | null {
  const { value, reload } = useResource('channels', () => get<ChannelList>('/v1/channels'));
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    // with what happens, not by the clock: a page that nobody uses keeps no session alive
    const stop = onChange(() => {
      timer ??= setTimeout(() => {
        timer = undefined;
        reload();
      }, SETTLE_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
    };
  }, []);
  const down = value?.items.filter(({ state }) => state === 'down') ?? [];
  if (down.length === 0) return null;
  return (
    <Banner tone="quiet">
      {down.map((one) => (
        <p key={one.id}>
          <a href="/channels">{channelText(one)}</a> is down since{' '}
          {absolute(Date.parse(one.since ?? ''))}: what waits there is also here.
        </p>
      ))}
    </Banner>
  );
}
