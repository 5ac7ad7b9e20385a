/** A mail server and who writes. */
export type EmailSettings = {
  readonly id: string;
  /** `smtp://` or `smtps://`, with user and password where the server wants them. */
  readonly url: string;
  /** Sender, such as `Countersign <countersign@example.com>`. */
  readonly from: string;
};

/** How the mail server is spoken to. */
export type MailServer = {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte. */
  readonly secure: boolean;
  /** STARTTLS or nothing. */
  readonly requireTLS: boolean;
  readonly auth?: { readonly user: string; readonly pass: string };
};

/** A mailbox: what people read, and the bare address. */
export type Mailbox = { readonly name: string; readonly address: string };

const HERE = ['127.0.0.1', '[::1]', 'localhost'];
const MOST_ADDRESS = 254;
/** ATTACKER: an address is one address; what could end it, add another or begin a header is not in it. */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]{1,64}@[^\s@<>()[\]\\,;:"\p{Cc}\p{Cf}]+$/u;

/** The server of an address; beyond this machine mails and passwords only go encrypted. */
export function mailServer(text: string): MailServer | undefined {
  const url = URL.parse(text);
  const isSecure = url?.protocol === 'smtps:';
  if (!url || (url.protocol !== 'smtp:' && !isSecure) || url.hostname === '') return undefined;
  const { hostname, port, username, password } = url;
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: !isSecure && !HERE.includes(hostname.toLowerCase()),
    ...(username === ''
      ? {}
      : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
  };
}

/** Whether a text is exactly one bare address. */
export const isAddress = (text: string): boolean =>
  text.length <= MOST_ADDRESS && ADDRESS.test(text);

/** `Name <address>`, or an address alone. */
export function mailbox(text: string): Mailbox | undefined {
  const [, name = '', inner] = /^\s*([^<>\p{Cc}]*?)\s*<([^<>]+)>\s*$/u.exec(text) ?? [];
  const address = inner ?? text.trim();
  return isAddress(address) ? { name: name.replaceAll('"', ''), address } : undefined;
}
