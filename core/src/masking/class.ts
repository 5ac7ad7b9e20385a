/**
 * What kind of private value something is: `pii.email`, `pci.card`, `secret.aws-key`, or one of an installation's own,
 * `custom.…`. Classes are configuration, facts of policy and the words of placeholders alike.
 */
export type DataClass = `${'pii' | 'pci' | 'secret' | 'custom'}.${string}`;

const CLASS = /^(?:pii|pci|secret|custom)\.[a-z][a-z0-9-]{0,47}$/;

/** Whether a text names a data class. */
export const isDataClass = (text: string): text is DataClass => CLASS.test(text);
