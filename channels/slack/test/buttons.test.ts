import { digestView } from '@countersign/core';
import { sampleCard } from '@countersign/core/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buttonsOf } from '../../../test/slack/look.ts';
import { readButton } from '../src/button.ts';
import { renderCard } from '../src/index.ts';
import { openHouse, type House } from './house.ts';

const valueOf = (): string => {
  const [button] = buttonsOf(renderCard(sampleCard()).payload);
  return String(button?.['value']);
};

describe('what a button says', () => {
  test('A13: request, version, action, what was seen and what was shown', () => {
    const card = sampleCard();
    const { shown } = renderCard(card);
    expect(readButton(valueOf())).toEqual({
      approvalId: card.view.approvalId,
      version: card.view.version,
      actionDigest: card.view.digest.slice(7, 39),
      seenDigest: digestView(card.view),
      shown,
    });
  });
  test('anything else is no button of ours', () => {
    const value = valueOf();
    const parts = value.split('.');
    const mangled = parts.flatMap((_, i) => [
      parts.toSpliced(i, 1).join('.'),
      parts.toSpliced(i, 1, '').join('.'),
      parts.toSpliced(i, 1, `${parts[i]}0`).join('.'),
      parts.toSpliced(i, 0, 'x').join('.'),
    ]);
    for (const other of [
      ...mangled,
      ` ${value}`,
      `${value}\n`,
      value.toUpperCase(),
      '',
      {},
      null,
      7,
    ])
      // a longer number of a version is still one
      if (String(other).split('.')[2] !== '30')
        expect([other, readButton(other)]).toEqual([other, undefined]);
  });
});

describe('a button that was tampered with', () => {
  let house: House;
  beforeAll(async () => {
    house = await openHouse('socket');
  });
  afterAll(() => house.close());

  test.each([
    ['of another version', (value: string) => value.replace(/^(1\.apr_\w+\.)\d+/, '$19')],
    [
      'of another action',
      (value: string) => value.replace(/\.[0-9a-f]{32}\./, `.${'0'.repeat(32)}.`),
    ],
    [
      'of another view',
      (value: string) => value.replace(/\.[0-9a-f]{64}\./, `.${'0'.repeat(64)}.`),
    ],
    ['of no request', (value: string) => value.replace(/apr_\w+/, `apr_${'0'.repeat(36)}`)],
    ['that says nothing', () => 'approve'],
  ])('A13: %s decides nothing', async (_, change) => {
    const { fake, ask, stateOf } = house;
    const { card, message } = await ask();
    const before = fake.heard('U0DANA').length;
    const press = fake.pressOf('U0DANA', message, 'approve');
    const [action] = press['actions'] as { value: string }[];
    await fake.deliver({
      ...press,
      actions: [{ ...action, value: change(String(action?.value)) }],
    });
    await fake.until(() => fake.heard('U0DANA').length > before);
    expect(await stateOf(card)).toBe('pending');
  });
  test('a dialogue with something else kept in it decides nothing', async () => {
    const { fake, ask, stateOf } = house;
    const { card, message } = await ask();
    await fake.press('U0DANA', message, 'deny');
    const { view, ...rest } = await fake.dialogue('U0DANA');
    for (const kept of ['', 'C0ASK/1.1', `${String(view['private_metadata'])} more`])
      expect(
        await fake.submit({ ...rest, view: { ...view, private_metadata: kept } }, 'no'),
      ).toEqual({});
    await fake.openHome('U0DANA');
    expect(await stateOf(card)).toBe('pending');
  });
});
