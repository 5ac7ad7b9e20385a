import { request as plainRequest, type IncomingMessage } from 'node:http';

const MOST_BYTES = 16 * 1024 * 1024;

/**
 * What the SDK needs of `fetch`, over `node:http`: the built-in one takes longer to load than a whole call takes.
 * Redirects are failures, as the SDK asks for.
 */
export const leanFetch: typeof fetch = async (input, init = {}) => {
  const url = new URL(typeof input === 'object' && 'url' in input ? input.url : input);
  const request = url.protocol === 'https:' ? (await import('node:https')).request : plainRequest;
  const { method = 'GET', headers, body, signal } = init;
  const text = typeof body === 'string' ? body : undefined;
  return new Promise((resolve, reject) => {
    const sent = request(
      url,
      {
        method,
        headers: {
          ...(headers as Record<string, string> | undefined),
          ...(text === undefined ? {} : { 'content-length': Buffer.byteLength(text) }),
        },
        ...(signal ? { signal } : {}),
      },
      (response) => {
        const status = response.statusCode ?? 0;
        if (status >= 300 && status < 400) {
          response.destroy();
          return reject(new TypeError('redirected, which is refused'));
        }
        resolve(answerOf(response, status));
      },
    );
    sent.on('error', reject);
    sent.end(text);
  });
};

function answerOf(response: IncomingMessage, status: number): Response {
  const text = async (): Promise<string> => {
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > MOST_BYTES) throw new TypeError('the answer is too large');
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  };
  const headers = {
    get: (name: string): string | null => {
      const value = response.headers[name.toLowerCase()];
      return value === undefined ? null : String(value);
    },
  };
  // the SDK's transport looks at these alone
  return { ok: status >= 200 && status < 300, status, headers, text } as unknown as Response;
}
