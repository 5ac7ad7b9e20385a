import { expect, test } from 'vitest';
import { createMasker } from '../src/masking/masker.ts';
import { classOfName } from '../src/masking/names.ts';

const NAMES: readonly (readonly [string, string])[] = [
  [
    'pii.email',
    'email e_mail eMail E-Mail mail_address customerEmail user.email email2 email_lower Mailadresse correo_electronico courriel',
  ],
  [
    'pii.phone',
    'phone phone_number phoneNumber mobile tel telefon Telefonnummer home_phone cell_phone fax telefono MSISDN phone1',
  ],
  [
    'pii.name',
    'first_name firstname lastName surname Vorname nachname prénom apellidos full_name cardholder_name patientName nom_de_famille',
  ],
  [
    'pii.address',
    'address street billing_address addressLine1 home_address Straße anschrift direccion street_address',
  ],
  ['pii.postal-code', 'zip zip_code postcode PLZ codePostal'],
  ['pii.birth-date', 'dob date_of_birth birthDate birthday geburtsdatum fecha_nacimiento'],
  ['pii.us-ssn', 'ssn SSN social_security_number customer_ssn'],
  [
    'pii.national-id',
    'tax_id nationalId passport_number nhs_number aadhaar cpf codice_fiscale steuer_id nino dni',
  ],
  ['pii.iban', 'iban IBAN recipientIban'],
  ['pii.ip', 'ip ip_address client_ip'],
  [
    'pci.card',
    'card_no card_number cardNumber credit_card creditCardNumber cc_number pan Kartennummer',
  ],
  ['pci.cvv', 'cvv cvc2'],
  ['secret.password', 'password DB_PASSWORD dbpassword passwd user_pwd password_hash Passwort'],
  ['secret.token', 'token token_hash access_token refreshToken authToken'],
  ['secret.api-key', 'api_key apiKey X-API-Key stripe_api_key apikey'],
  ['secret.secret', 'client_secret clientSecret secrets totp_secret'],
  ['secret.private-key', 'private_key signingKey ssh_key'],
  ['secret.session', 'session_id sessionId'],
];
test.each(NAMES)('R9: %s by name', (kind, names) => {
  for (const name of names.split(' ')) expect([name, classOfName(name)]).toEqual([name, kind]);
});

test.each([
  'emailed_at email_verified email_count email_sent_at mailbox_size mailing_list_id',
  'phone_model phone_type headphones telemetry mobile_app_version is_mobile has_phone cellular_id',
  'filename file_name hostname name names display_label username table_name country_name',
  'token_count max_tokens tokenizer tokens_used next_page_token continuationToken nextToken',
  'card_count card_id discard cardinality scorecard card_type',
  'mac_address contract_address listenAddress zipped unzip zip_size street_view_url',
  'password_changed_at password_policy is_password has_password secretary secretion cookies_accepted',
  'company expand span panel japan_id tip zip_archive_size urban suburban_area ship description',
  'created_at id status amount quantity note body url path region version commit_hash sha256 checksum',
])('an ordinary name says nothing: %s', (names) => {
  for (const name of names.split(' ')) expect([name, classOfName(name)]).toEqual([name, undefined]);
});

const masker = createMasker({ key: new Uint8Array(32) });
test.each([
  [{ address: '10.0.0.1:8080' }],
  [{ address: 'https://api.example.org/x y' }],
  [{ phone: { model: 'Pixel 7', os: 15 } }],
  [{ email: { subject: 'hello there', count: 4 } }],
  [{ card: 3, pan: 'left', cvv: false, zip: 'archive.zip' }],
  [{ mail: 'queue' }],
])('a name alone does not cover what does not look like it: %j', (value) => {
  expect(masker.maskValue(value)).toBe(value);
});

test('R9 A9: what does is covered, of an address all but the host', () => {
  const masked = masker.maskValue({
    email: 'jane@example.org',
    address: '12 Main Street',
    zip: 12345,
    first_name: 'Ana',
    dob: '1990-02-03',
  });
  expect(JSON.stringify(masked).replaceAll(/·fp:[0-9a-f]{16}/g, '')).toBe(
    '{"email":"‹pii.email›@example.org","address":"‹pii.address›","zip":"‹pii.postal-code›","first_name":"‹pii.name›","dob":"‹pii.birth-date›"}',
  );
});
