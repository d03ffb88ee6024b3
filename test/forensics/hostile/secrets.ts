/** Secrets that stand in the packets, each by the place where it stands. */
export const SECRETS = {
  ftp: 'hunter2-ftp-7Qz',
  pop: 'hunter2-pop-7Qz',
  imap: 'hunter2-imap-7Qz',
  telnet: 'hunter2-telnet-7Qz',
  basic: 'hunter2-basic-7Qz',
  form: 'hunter2-form-7Qz',
  cookie: 'c00kie-7Qz-session',
  bearer: 'bearer-7Qz-0123456789abcdef',
  apiKey: 'apikey-7Qz-0123456789',
  smtp: 'hunter2-smtp-7Qz',
  snmp: 'community-7Qz',
  digest: '7c0ffee7c0ffee7c0ffee7c0ffee7c0f',
  privateKey: 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC7QzKeY',
} as const;

/** Every way in which one of the secrets may show itself. */
export const SHOWN_SECRETS: readonly string[] = Object.values(SECRETS).flatMap((secret) => [
  secret,
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').replace(/=+$/, '').slice(0, -1),
]);
