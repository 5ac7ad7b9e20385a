import type { DataClass } from './class.ts';
import { bare } from './reduce.ts';

/** Names as they end, squeezed together; whatever stands before them does not matter. Longest first decides. */
const ENDINGS: readonly (readonly [DataClass, string])[] = [
  [
    'secret.password',
    'password passwords passwd passphrase pwd passwort kennwort motdepasse contrasena contrasenia wachtwoord',
  ],
  ['secret.token', 'token jwt'],
  ['secret.api-key', 'apikey apikeys apisecret'],
  ['secret.access-key', 'accesskey secretkey secretaccesskey'],
  ['secret.private-key', 'privatekey signingkey encryptionkey masterkey sshkey hmackey'],
  ['secret.credentials', 'credential credentials'],
  ['secret.secret', 'secret secrets'],
  ['secret.authorization', 'authorization'],
  ['secret.cookie', 'cookie cookies'],
  ['secret.session', 'sessionid'],
  ['secret.webhook-url', 'webhookurl'],
  ['secret.connection-string', 'connectionstring'],
  ['secret.recovery-code', 'recoverycode recoverycodes backupcodes otpseed seedphrase mnemonic'],
  ['pii.us-ssn', 'socialsecuritynumber'],
  ['pii.national-id', 'taxid passportnumber passportno'],
  ['pii.iban', 'iban'],
  ['pii.birth-date', 'dateofbirth birthdate geburtsdatum'],
  ['pci.card', 'creditcard creditcardnumber cardnumber kreditkartennummer'],
];

/** Names whose last words these are, written with or without anything between them. */
const LAST_WORDS: readonly (readonly [DataClass, string])[] = [
  [
    'pii.email',
    'email emails mail mailaddress emailaddress mailadresse emailadresse emailid correo correoelectronico courriel adressemail adresseemail',
  ],
  [
    'pii.phone',
    'phone phones phonenumber phonenumbers phoneno phonenr tel telno telnr telephone telephonenumber telefon telefonnummer telefonnr telefono telefone telefoon numerodetelefono rufnummer mobile mobilephone mobilenumber mobileno mobil mobilnummer mobiltelefon handy handynummer cell cellphone cellnumber celular movil fax faxnumber faxno msisdn whatsapp contactnumber numtel',
  ],
  [
    'pii.name',
    'firstname lastname fullname surname givenname familyname middlename maidenname birthname fname lname vorname nachname zuname familienname geburtsname prenom nomdefamille nombrecompleto apellido apellidos cognome nomecompleto sobrenome voornaam achternaam customername clientname patientname employeename contactname cardholder cardholdername accountholder accountholdername nameoncard kundenname ansprechpartner personname passengername guestname beneficiaryname recipientname sendername nextofkin',
  ],
  [
    'pii.address',
    'address addresses addressline addr street streetaddress streetname streetnumber housenumber strasse strassenname hausnummer anschrift adresse postanschrift direccion calle domicilio indirizzo rue endereco straat',
  ],
  [
    'pii.postal-code',
    'zip zipcode postcode postalcode plz postleitzahl codepostal codigopostal postnummer',
  ],
  [
    'pii.birth-date',
    'dob birthday bday birthyear yearofbirth geburtstag datenaissance datedenaissance fechanacimiento fechadenacimiento datadinascita datanascita datanascimento geboortedatum',
  ],
  ['pii.us-ssn', 'ssn socialsecurity socialsecurityno itin'],
  [
    'pii.national-id',
    'nationalid nationalidnumber taxnumber taxidnumber taxpayerid passport driverslicense driverlicense driverslicence drivinglicence driverslicensenumber nino nationalinsurancenumber nhsnumber aadhaar aadhaarnumber aadhar pancard pannumber cpf cnpj curp dni nie nif codicefiscale nir numerosecuritesociale steuerid steuernummer steueridentifikationsnummer sozialversicherungsnummer svnr bsn burgerservicenummer personnummer pesel ausweisnummer personalausweis reisepassnummer',
  ],
  ['pii.bank-account', 'bankaccount bankaccountnumber bankaccountno kontonummer numerodecuenta'],
  [
    'pci.card',
    'cardno cardnum cardnr ccnumber ccnum ccno cardpan pan debitcard debitcardnumber paymentcard kartennummer kreditkarte kartennr numerodetarjeta numerotarjeta cartebancaire numerodecarte',
  ],
  ['pci.cvv', 'cvv cvc cvv2 cvc2 cardsecuritycode cardverificationvalue'],
  ['pii.ip', 'ip ipaddress ipaddr ipv4 ipv6 remoteaddr clientip'],
];

const byName = (rows: readonly (readonly [DataClass, string])[]): ReadonlyMap<string, DataClass> =>
  new Map(rows.flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind])));
const ending = byName(ENDINGS);
const lastWords = byName(LAST_WORDS);
const LONGEST_ENDING = Math.max(...[...ending.keys()].map((name) => name.length));
const MOST_WORDS = 5;
const MOST_LETTERS = 128;

/** Said of a value, so that what stands before it names the value. */
const QUALIFIERS = new Set(
  'hash hashed digest enc encrypted ciphertext plain plaintext clear raw value val text str string old new current previous primary secondary main home work private business normalized normalised lower lowercase upper formatted e164 1 2 3 4 5'.split(
    ' ',
  ),
);
/** Words before `address` that make it another thing, and before `token` that make it a place in a list. */
const NO_STREET = new Set(
  'ip ipv4 ipv6 mac web url host hostname network net remote server listen bind memory contract wallet bitcoin btc eth ethereum source destination src dst gateway peer local base hardware bluetooth physical virtual return file'.split(
    ' ',
  ),
);
const PLACE = /(?:next|page|nextpage|continuation|sync|cursor|resume|position)token$/;

const wordsOf = (name: string): readonly string[] =>
  name
    .replaceAll(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll('ß', 'ss')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/([a-z])(\d{1,2})$/g, '$1 $2')
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');

/**
 * The class that a name of a field, parameter or column gives its value, such as `pii.email` for `customerEmail`;
 * undefined for an ordinary name. A proposal: only somebody who looked knows.
 */
export function classOfName(name: string): DataClass | undefined {
  const words = wordsOf(bare(name).slice(-MOST_LETTERS));
  if (words.length > 1 && /^(?:is|has|needs|requires|allow|show|verify)$/.test(words[0] ?? ''))
    return undefined;
  let count = words.length;
  while (count > 1 && QUALIFIERS.has(words[count - 1] ?? '')) count--;
  return namedBy(words) ?? (count < words.length ? namedBy(words.slice(0, count)) : undefined);
}

function namedBy(words: readonly string[]): DataClass | undefined {
  for (let count = Math.min(MOST_WORDS, words.length); count > 0; count--) {
    const found = lastWords.get(words.slice(-count).join(''));
    if (found === undefined) continue;
    const before = words[words.length - count - 1] ?? '';
    return found === 'pii.address' && NO_STREET.has(before) ? undefined : found;
  }
  const squeezed = words.join('');
  for (let length = Math.min(LONGEST_ENDING, squeezed.length); length > 2; length--) {
    const found = ending.get(squeezed.slice(-length));
    if (found) return found === 'secret.token' && PLACE.test(squeezed) ? undefined : found;
  }
  return undefined;
}
