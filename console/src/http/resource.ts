import { useCallback, useEffect, useRef, useState } from 'preact/hooks';

/** Something that is read from the gateway, and how that stands. */
export type Resource<T> = {
  readonly value: T | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  /** Reads it again; what was there stays until the new one is. */
  readonly reload: () => void;
};

/** Reads something when a page opens or its key changes; an answer to an older key is dropped. */
export function useResource<T>(key: string, read: () => Promise<T>): Resource<T> {
  const [state, setState] = useState<{ key: string; value?: T; error?: unknown }>({ key: '' });
  const [isLoading, setLoading] = useState(true);
  const turn = useRef(0);
  const load = useCallback(() => {
    const mine = ++turn.current;
    setLoading(true);
    read()
      .then(
        (value) => mine === turn.current && setState({ key, value }),
        (error: unknown) => {
          if (mine === turn.current) setState((before) => ({ ...before, key, error }));
        },
      )
      .finally(() => mine === turn.current && setLoading(false))
      .catch(() => undefined);
  }, [key]);
  useEffect(load, [load]);
  const isThis = state.key === key;
  return {
    value: isThis ? state.value : undefined,
    error: isThis ? state.error : undefined,
    isLoading,
    reload: load,
  };
}
