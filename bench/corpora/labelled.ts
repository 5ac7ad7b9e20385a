import type { Labelled } from './documents.ts';

/** What a file of labelled texts calls the kinds we look for. */
const NAMES: Readonly<Record<string, string>> = {
  EMAIL_ADDRESS: 'e-mail',
  CREDIT_CARD: 'card',
  IBAN_CODE: 'iban',
  PHONE_NUMBER: 'phone',
  US_SSN: 'national-id',
  US_DRIVER_LICENSE: 'national-id',
};

type Given = {
  readonly full_text: string;
  readonly spans: readonly {
    readonly entity_type: string;
    readonly start_position: number;
    readonly end_position: number;
  }[];
};

/** Reads texts labelled as presidio-research labels them. */
export const readLabelled = (json: string): readonly Labelled[] =>
  (JSON.parse(json) as readonly Given[]).map(({ full_text: text, spans }) => ({
    text,
    spans: spans.flatMap(({ entity_type: type, start_position: from, end_position: to }) => {
      const name = NAMES[type];
      return name === undefined ? [] : [{ name, from, to }];
    }),
  }));
