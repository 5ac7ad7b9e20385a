/** What a class begins with: of a person, of payment cards, whatever opens something, an installation's own. */
export type DataFamily = 'pii' | 'pci' | 'secret' | 'custom';

/**
 * What kind of private value something is: `pii.email`, `pci.card`, `secret.aws-key`, or one of an installation's own,
 * `custom.…`. Classes are configuration, facts of policy and the words of placeholders alike.
 */
export type DataClass = `${DataFamily}.${string}`;

/** A class, or all classes of a family. */
export type DataClasses = DataClass | DataFamily;

const CLASS = /^(?:pii|pci|secret|custom)\.[a-z][a-z0-9-]{0,47}$/;
const FAMILY = /^(?:pii|pci|secret|custom)$/;

/** Whether a text names a data class. */
export const isDataClass = (text: string): text is DataClass => CLASS.test(text);

/** Whether a text names a data class or a family of them. */
export const isDataClasses = (text: string): text is DataClasses =>
  FAMILY.test(text) || isDataClass(text);

/** Whether a class is among classes and families. */
export const isAmong = (name: DataClass, classes: readonly DataClasses[]): boolean =>
  classes.some((one) => name === one || name.startsWith(`${one}.`));

/** What a person probably meant who did not write a class: `pii:us_ssn` was once one. */
export function likelyClass(text: string): DataClass | undefined {
  const [family = '', ...rest] = text.toLowerCase().split(/[:.]/);
  const name = rest.join('-').replaceAll(/[^a-z0-9]+/g, '-');
  const said = family === 'pii' && name === 'card' ? 'pci.card' : `${family}.${name}`;
  return isDataClass(said) ? said : undefined;
}
