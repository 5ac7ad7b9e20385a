import { HEX, LOWER, UPPER, WORD, type Chance } from './chance.ts';

const WORDS =
  'the release of every build is signed before a person reads the report and the table of figures shows which calls were held for how long when a window closes its session ends'.split(
    ' ',
  );
const uuid = (c: Chance): string => [8, 4, 4, 4, 12].map((length) => c.from(HEX, length)).join('-');

/** One line that looks like something private and is not. */
export const lookalike = (chance: Chance): string =>
  chance.pick([
    (c: Chance) => `request ${uuid(c)} took ${c.below(900)}.${c.digits(3)} ms`,
    (c: Chance) => `commit ${c.from(HEX, 40)}`,
    (c: Chance) => `"integrity": "sha512-${c.from(`${WORD}+/`, 86)}==",`,
    (c: Chance) => `order ${c.digits(10)}, invoice ${c.digits(8)}-${c.digits(4)}`,
    (c: Chance) =>
      `v${c.below(20)}.${c.below(40)}.${c.below(99)}-rc.${c.below(9)}+build.${c.digits(8)}`,
    (c: Chance) =>
      `2026-0${1 + c.below(9)}-1${c.below(9)}T0${c.below(9)}:${10 + c.below(49)}:11.${c.digits(3)}Z`,
    (c: Chance) => `ts=17${c.digits(8)} dur=${c.digits(9)} seq=${c.digits(7)}`,
    (c: Chance) => `from 10.${c.below(255)}.${c.below(255)}.${c.below(255)} port ${c.digits(5)}`,
    (c: Chance) => `<img src="icon@2x.png" width="${c.digits(3)}">`,
    (c: Chance) =>
      `import { ${c.from(LOWER, 6)} } from '@scope/${c.from(LOWER, 7)}@${c.below(9)}.1.0';`,
    (c: Chance) => `const token = await getToken(${c.from(LOWER, 5)});`,
    (c: Chance) => `SELECT id, email, phone FROM users WHERE id = ${c.digits(6)};`,
    (c: Chance) => `password: string; // at least ${c.below(20)} characters`,
    (c: Chance) => `export API_KEY=$${c.from(UPPER, 8)}`,
    (c: Chance) =>
      `part ${c.from(UPPER, 2)}-${c.digits(6)}-${c.from(UPPER, 1)} bin ${c.digits(4)} ${c.digits(4)}`,
    (c: Chance) => `color: #${c.from(HEX, 6)}; margin: ${c.below(9)}px ${c.digits(2)}px`,
    (c: Chance) => `ISBN 978-${c.digits(1)}-${c.digits(2)}-${c.digits(6)}-${c.digits(1)}`,
    (c: Chance) => `tracking 1Z${c.from(UPPER, 3)}${c.digits(10)}`,
    (c: Chance) => `lat 48.${c.digits(6)} lon 11.${c.digits(6)}`,
    (c: Chance) =>
      `call returned ${c.digits(3)} after ${c.digits(4)} tries, mobile layout ${c.digits(3)}x${c.digits(3)}`,
  ])(chance);

export const prose = (chance: Chance): string =>
  `${Array.from({ length: 8 + chance.below(12) }, () => chance.pick(WORDS)).join(' ')}.`;

/** A body of at least so many characters: prose, look-alikes, lockfile lines, a picture in base64 and minified code. */
export function benignBody(chance: Chance, length: number): string {
  const parts: string[] = [];
  for (let size = 0; size < length; size += parts.at(-1)?.length ?? 0) {
    const kind = chance.below(12);
    parts.push(
      kind < 6
        ? `${prose(chance)}\n`
        : kind < 10
          ? `${lookalike(chance)}\n`
          : kind === 10
            ? `data:image/png;base64,${chance.from(`${WORD}+/`, 600)}==\n`
            : Array.from(
                { length: 12 },
                () =>
                  `function ${chance.from(LOWER, 2)}(${chance.from(LOWER, 1)}){return ${chance.from(LOWER, 1)}.${chance.from(LOWER, 4)}?.[${chance.below(99)}]||"${chance.from(WORD, 6)}"}`,
              ).join(''),
    );
  }
  return parts.join('');
}
