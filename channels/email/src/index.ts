export { createEmail, emailTrouble, type EmailParts } from './email.ts';
export type { EmailSettings } from './settings.ts';
