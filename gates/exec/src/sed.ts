import type { Arg } from './survey.ts';

const LONGEST = 4096;
const ADDRESS = String.raw`(?:\d{1,9}|\$|\/(?:[^/\\\n[]|\\.|\[[^\]\n/]{0,64}\])*\/I?)`;
const PART = String.raw`(?:(?!\k<d>)[^\\\n[]|\\.|\[(?:(?!\k<d>)[^\]\n]){0,64}\])*`;
const SUBSTITUTE = String.raw`s(?<d>[/|#,:@!%~;])${PART}\k<d>(?:(?!\k<d>)[^\\\n]|\\.)*\k<d>[gpIiMm\d]{0,8}`;
const COMMAND = String.raw`[ \t]{0,8}(?:${ADDRESS}(?:,${ADDRESS})?)?[ \t]{0,8}!?[ \t]{0,8}(?:[pdqQDPhHgGxnNl=]|${SUBSTITUTE})?[ \t]{0,8}`;
const ONE = new RegExp(`${COMMAND}(?:[;\\n]|$)`, 'sy');

/** Commands that only change the text that passes through. ATTACKER: `e` runs a command, `w` writes a file. */
function isPlainScript(script: string): boolean {
  if (script.length > LONGEST) return false;
  for (ONE.lastIndex = 0; ONE.lastIndex < script.length;) if (!ONE.test(script)) return false;
  return true;
}

/** Whether all that a `sed` runs stands in its words and is understood. */
export function isPlainSed(args: readonly Arg[]): boolean {
  let script: string | undefined;
  let operand: string | undefined;
  for (let i = 0; i < args.length; i++) {
    const value = args[i]?.value ?? '';
    const inline = /^-[nErsuz]*e(.*)$/s.exec(value) ?? /^--expression=(.*)$/s.exec(value);
    if (inline) {
      script = inline[1] === '' || inline[1] === undefined ? args[++i]?.value : inline[1];
      if (!isPlainScript(script ?? '')) return false;
    } else if (/^-./.test(value)) {
      if (
        !/^(?:-[nErsuz]+|-[nErsuz]*i[\w.]*|--(?:quiet|silent|regexp-extended|in-place(?:=[\w.]*)?|separate|null-data|posix|sandbox|version|help)|--)$/.test(
          value,
        )
      )
        return false;
    } else operand ??= value;
  }
  return script !== undefined || isPlainScript(operand ?? '');
}
