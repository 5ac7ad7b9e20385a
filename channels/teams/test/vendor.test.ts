// The vendor's own renderer in a real browser: hostile text is shown as it is, and nothing is made of it (R8, T11).
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { HOSTILE, hostileCard } from '@countersign/core/testing';
import { expect, test } from 'vitest';
import { launchBrowser } from '../../../test/browser.ts';
import { ownCard } from '../src/cards/views.ts';

const script = readFileSync(
  createRequire(import.meta.url).resolve('adaptivecards/dist/adaptivecards.min.js'),
  'utf8',
);
const TEXTS = [...HOSTILE, '{{DATE(2017-02-14T06:08:39Z, SHORT)}}', 'rm -rf  /', '  led by spaces'];

/** What runs in the page: renders every card, and says what is to be read and what else it made of it. */
const RENDER = `(all) => {
  const { AdaptiveCard } = AdaptiveCards;
  AdaptiveCard.onProcessMarkdown = (text, result) => {
    result.outputHtml = '<b class="markdown">' + text + '</b>';
    result.didProcess = true;
  };
  return all.map((card) => {
    const made = new AdaptiveCard();
    made.parse(card);
    const element = made.render();
    document.body.replaceChildren(element);
    return {
      text: element.innerText.replaceAll('\\u00a0', ' '),
      made: element.querySelectorAll('a, img, video, script, iframe, .markdown').length,
    };
  });
}`;
type Shown = { readonly text: string; readonly made: number };

test('R8 T11: what the vendor makes of hostile text is that text', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    const requests: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    await page.setContent('<!doctype html><body>');
    await page.addScriptTag({ content: script });
    const date = { type: 'TextRun', text: '{{DATE(2017-02-14T06:08:39Z, SHORT)}}' };
    const active = {
      type: 'AdaptiveCard',
      version: '1.5',
      body: [
        { type: 'TextBlock', text: '*bold*' },
        { type: 'RichTextBlock', inlines: [date] },
      ],
    };
    const cards = TEXTS.map((text) => ownCard(hostileCard(text), { mayAnswer: true }).payload);
    const shown = await page.evaluate<readonly Shown[]>(
      `(${RENDER})(${JSON.stringify([...cards, active])})`,
    );
    for (const [i, text] of TEXTS.entries()) {
      expect([text, shown[i]?.made]).toEqual([text, 0]);
      for (const line of text.split('\n')) expect(shown[i]?.text).toContain(line);
    }
    // what is not inert is seen not to be: or nothing above would mean anything
    expect(shown.at(-1)?.made).toBe(1);
    expect(shown.at(-1)?.text).not.toContain('DATE');
    expect(requests).toEqual([]);
  } finally {
    await browser.close();
  }
});
