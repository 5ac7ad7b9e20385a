// a dot that a mail program would take for the one before `.com`, and schemes that need no slashes
const DOT = /(?<=[\p{L}\p{N}_-])\.(?=\p{L}[\p{L}\p{N}-])/gu;
const SCHEME = /\b(mailto|tel|sms|sip|data|javascript):/giu;

/**
 * Text of others for places that make links of whatever looks like one: `https[://]evil[.]example` (R8, A6). It stays
 * readable, nothing is hidden, and nobody gets anywhere by a click.
 */
export const unlinked = (text: string): string =>
  text.replaceAll('://', '[://]').replaceAll(SCHEME, '$1[:]').replaceAll(DOT, '[.]');
