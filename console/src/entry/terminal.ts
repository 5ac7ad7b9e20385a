/** What a terminal that wants to be signed in says about itself. */
export type TerminalAsk = {
  readonly challenge: string;
  readonly port: number;
  readonly state: string;
};

/** Reads it, or refuses: everything here came in a link that anybody could have made. */
export function terminalAsk(query: URLSearchParams): TerminalAsk | undefined {
  const [challenge = '', port = '', state = ''] = ['challenge', 'port', 'state'].map(
    (name) => query.get(name) ?? '',
  );
  const isWell =
    /^[A-Za-z0-9_-]{43}$/.test(challenge) &&
    /^[1-9]\d{3,4}$/.test(port) &&
    Number(port) <= 65_535 &&
    /^[A-Za-z0-9_-]{1,128}$/.test(state);
  return isWell ? { challenge, port: Number(port), state } : undefined;
}

/** Where the code goes: to this machine and no other. */
export const returnTo = ({ port, state }: TerminalAsk, code: string): string =>
  `http://127.0.0.1:${port}/?${new URLSearchParams({ code, state })}`;
