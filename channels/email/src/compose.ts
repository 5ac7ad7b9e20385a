import { renderMail } from './render.ts';
import type { Mailbox } from './settings.ts';
import type { Wording } from './wording.ts';

/** One mail before it is bytes. */
type Composed = {
  readonly from: Mailbox;
  readonly to: Mailbox;
  readonly wording: Wording;
  readonly messageId: string;
  readonly references: readonly string[];
};

/** A mail as bytes: headers that keep machines from answering, two forms, one receiver. */
export async function compose({
  from,
  to,
  wording,
  messageId,
  references,
}: Composed): Promise<Buffer> {
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer');
  const { text, html } = renderMail(wording);
  const last = references.at(-1);
  return new MailComposer({
    from: { ...from },
    to: { ...to },
    subject: wording.subject,
    text,
    html,
    messageId,
    ...(last === undefined ? {} : { references: [...references], inReplyTo: last }),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}
