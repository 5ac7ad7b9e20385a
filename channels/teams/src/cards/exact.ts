import type { Json } from '@countersign/core';

/**
 * Arguments line by line, exactly: JSON, but a text of several lines that is a member of its own stands line by line behind a
 * bar, so that none of its lines passes for a member.
 */
export function exactLines(value: Json): readonly string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return json(value);
  const members = Object.entries(value);
  if (members.length === 0) return ['(none)'];
  return members.flatMap(([name, member]) => {
    const label = `${JSON.stringify(name)}: `;
    if (typeof member === 'string' && member.includes('\n'))
      return [label, ...member.split('\n').map((line) => `  │ ${line}`)];
    const [first = '', ...more] = json(member);
    return [`${label}${first}`, ...more];
  });
}

const json = (value: unknown): readonly string[] => JSON.stringify(value, undefined, 2).split('\n');
