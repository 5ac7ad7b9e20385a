const utf8 = new TextEncoder();

/** A form in which a known value may appear, and the value it gives away. */
export type KnownForm = {
  readonly text: string;
  /** The value itself: length and fingerprint of the placeholder are its. */
  readonly value: string;
  /** Line breaks inside the form are skipped: encoders wrap. */
  readonly wraps: boolean;
  /** How many characters before and after the form still carry bits of the value (unaligned base64). */
  readonly before: 0 | 1;
  readonly after: 0 | 1;
};

/** The bytes of a text, one character each: how byte streams are scanned without losing a byte. */
export const asByteText = (text: string): string => String.fromCharCode(...utf8.encode(text));

const SHORTEST = 4;
const SHORTEST_ENCODED = 6;

/** Every form a value is looked for in: itself, its long lines, JSON, URL, hex, base64 and base64url at any alignment. */
export function formsOf(value: string, bytes: boolean): readonly KnownForm[] {
  const plain = [value, ...linesOf(value)].flatMap((text) => [
    text,
    JSON.stringify(text).slice(1, -1),
    ...urlForms(text),
  ]);
  const encoded = [...base64Forms(value), ...hexForms(value)];
  const forms = new Map<string, KnownForm>();
  for (const text of plain.map((form) => (bytes ? asByteText(form) : form)))
    if (text.length >= SHORTEST)
      forms.set(text, { text, value, wraps: false, before: 0, after: 0 });
  for (const form of encoded)
    if (form.text.length >= SHORTEST_ENCODED && !forms.has(form.text))
      forms.set(form.text, { ...form, value });
  return [...forms.values()];
}

/** Lines of a many-line value that are secret by themselves: tools print them one by one. */
function linesOf(value: string): readonly string[] {
  const lines = value.split(/\r?\n/);
  return lines.length < 2
    ? []
    : lines.filter((line) => line.length >= 12 && !line.startsWith('-----'));
}

function urlForms(text: string): readonly string[] {
  if (!text.isWellFormed()) return [];
  const upper = encodeURIComponent(text);
  const lower = upper.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  const strict = upper.replaceAll(
    /[!'()*]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return [upper, lower, strict, upper.replaceAll('%20', '+'), strict.replaceAll('%20', '+')];
}

type Encoded = Omit<KnownForm, 'value'>;

function hexForms(value: string): readonly Encoded[] {
  const lower = Array.from(utf8.encode(value), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
  return [lower, lower.toUpperCase()].map((text) => ({ text, wraps: true, before: 0, after: 0 }));
}

/** Base64 depends on where the value begins in what was encoded, so there are three forms: RFC 4648 in 6-bit groups. */
function base64Forms(value: string): readonly Encoded[] {
  return [0, 1, 2].flatMap((offset) => {
    const padded = `${'\0'.repeat(offset)}${asByteText(value)}`;
    const bits = padded.length * 8;
    const text = btoa(padded).slice(Math.ceil((offset * 8) / 6), Math.floor(bits / 6));
    const form: Encoded = { text, wraps: true, before: offset ? 1 : 0, after: bits % 6 ? 1 : 0 };
    return [form, { ...form, text: text.replaceAll('+', '-').replaceAll('/', '_') }];
  });
}
