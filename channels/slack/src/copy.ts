/** A message: where and which. */
export type Copy = { readonly channel: string; readonly ts: string };

const COPY = /^([CDG][A-Z0-9]{2,30})\/(\d{1,12}\.\d{1,8})$/;

export const writeCopy = ({ channel, ts }: Copy): string => `${channel}/${ts}`;

/** Reads what `writeCopy` wrote; undefined for anything else. */
export function readCopy(text: string): Copy | undefined {
  const [, channel, ts] = (text.length < 60 && COPY.exec(text)) || [];
  return channel !== undefined && ts !== undefined ? { channel, ts } : undefined;
}

/** The place and the message something happened to, if it names one. */
export const copyOf = (channel: string, ts: string): Copy | undefined =>
  readCopy(`${channel}/${ts}`);
