import type { SignIn } from '@countersign/identity';
import type { Troubles } from '../troubles.ts';

const AGAIN_MS = 30_000;

/**
 * Asks identity providers what they are, from the start and again while one does not answer: nobody has to try to sign in
 * before it is seen. Returns the way to stop.
 */
export function followProviders(
  { providers }: Pick<SignIn, 'providers'>,
  troubles: Troubles,
  isOwn: (id: string) => boolean,
): () => Promise<void> {
  const others = providers.filter(({ settings }) => !isOwn(settings.id));
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;

  async function look(): Promise<void> {
    await Promise.allSettled(others.map((provider) => provider.configuration()));
    const isDown = others.some(({ downSince }) => downSince() !== undefined);
    if (isDown) troubles.begin('sign-in', 'provider-unreachable');
    else troubles.end('sign-in');
    if (!isStopped) timer = setTimeout(() => void run(), AGAIN_MS).unref();
  }
  const run = (): Promise<void> => (looking = look());

  if (others.length > 0) void run();
  return async () => {
    isStopped = true;
    clearTimeout(timer);
    await looking;
  };
}
