import { Agent, request } from 'node:http';

/** One request to a gateway. */
export type Ask = {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

export type Answer = {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
};

/** Kept-alive connections to one replica. */
export type Wire = { readonly ask: (ask: Ask) => Promise<Answer>; readonly close: () => void };

/** Connects to a port of this machine. `node:http` and not `fetch`: hundreds of waiting clients must cost little. */
export function createWire(port: number): Wire {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 512, timeout: 70_000 });
  return {
    ask: ({ method, path, headers, body, timeoutMs, signal }) =>
      new Promise((resolve, reject) => {
        const sent = request(
          { agent, port, host: '127.0.0.1', method, path, headers, ...(signal ? { signal } : {}) },
          (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (chunk: string) => (text += chunk));
            response.once('error', reject);
            response.once('close', () => {
              clearTimeout(timer);
              if (!response.complete) return reject(new Error('the answer was cut'));
              return resolve({
                status: response.statusCode ?? 0,
                body: text,
                headers: response.headers as Record<string, string>,
              });
            });
          },
        );
        const timer = setTimeout(() => sent.destroy(new Error('no answer in time')), timeoutMs);
        sent.once('error', (error) => {
          clearTimeout(timer);
          reject(error);
        });
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
