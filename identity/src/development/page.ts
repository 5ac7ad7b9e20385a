import { hash } from 'node:crypto';

/** Somebody who may be picked. */
export type Pickable = { readonly id: string; readonly name: string };

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 30rem; padding: 0 1rem 2rem }
.warning { background: #8a1c00; color: #fff; font-weight: 600; margin: 0 -1rem 1.5rem; padding: .75rem 1rem }
button { display: block; font: inherit; margin: .5rem 0; min-height: 44px; padding: .5rem 1rem; text-align: left; width: 100% }
small { opacity: .8 }`;

/** Headers of every page here: one style, no script, forms only to us. */
export const PAGE_HEADERS: readonly (readonly [string, string])[] = [
  [
    'content-security-policy',
    `default-src 'none'; style-src 'sha256-${hash('sha256', STYLE, 'base64')}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  ],
  // `no-referrer` would make browsers send forms with \`Origin: null\`
  ['referrer-policy', 'same-origin'],
  ['x-content-type-options', 'nosniff'],
  ['cross-origin-resource-policy', 'same-origin'],
  ['cache-control', 'no-store'],
];

const escaped = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (char) => `&#${char.codePointAt(0)};`);

const page = (title: string, body: string): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>${STYLE}</style>
<p class="warning" role="alert">DEVELOPMENT: anyone who can open this page can be anyone.</p>
<main>
<h1>${title}</h1>
${body}
</main>
`;

/** Asks who somebody is, and believes it. */
export const pickPage = (people: readonly Pickable[], action: string): string =>
  page(
    'Who are you?',
    `<form method="post" action="${escaped(action)}">
${people
  .map(
    ({ id, name }) =>
      `<button name="person" value="${escaped(id)}">${escaped(name)} <small>${escaped(id)}</small></button>`,
  )
  .join('\n')}
</form>`,
  );

/** Says that something went wrong; begun anew it may go right. */
export const errorPage = (code: string): string =>
  page(
    'That did not work',
    `<p><code>${escaped(code)}</code></p><p><a href="/sign-in">Begin again</a></p>`,
  );
