import { hexByte } from '../bytes.ts';

/** What application protocols tell, by the names of tshark's fields. Secrets are told as HIDDEN, never as they are. */
export type HeardField =
  | 'dns.id'
  | 'dns.flags'
  | 'dns.qry.name'
  | 'dns.qry.type'
  | 'http.request.method'
  | 'http.request.uri'
  | 'http.response.code'
  | 'http.authbasic'
  | 'http.authorization'
  | 'urlencoded-form.key'
  | 'ftp.request.command'
  | 'ftp.request.arg'
  | 'ftp.response.code'
  | 'pop.request.command'
  | 'imap.request.command'
  | 'smtp.auth.username_password'
  | 'smtp.auth.password'
  | 'smtp.response.code'
  | 'telnet.data'
  | 'modbus.exception_code'
  | 'ldap.resultCode'
  | 'tls.record.version'
  | 'tls.handshake.type'
  | 'tls.handshake.version'
  | 'tls.handshake.extensions.supported_version'
  | 'x509af.utcTime'
  | 'tls.alert_message.level'
  | 'tls.alert_message.desc'
  | 'tls.handshake.extensions_server_name'
  | 'tls.handshake.certificate'
  | 'dns.count.queries'
  | 'dns.a'
  | 'modbus.func_code'
  | 'http.host'
  | 'tls.handshake.ciphersuite'
  | 'tls.handshake.extension.type'
  | 'tls.handshake.extensions_alpn_str'
  | 'tls.handshake.extensions_supported_group'
  | 'tls.handshake.extensions_ec_point_format'
  | 'tls.handshake.sig_hash_alg'
  | 'tls.handshake.sig_hash_alg_len';

export const HIDDEN = '(hidden)';

/** What the messages that end in one segment say. */
export interface Heard {
  /** Layers above TCP, in order, each once. */
  layers: number[];
  values: { field: HeardField; value: string }[];
  /** False where nothing but the ends of encrypted records was met, which is most of what there is. */
  isNews: boolean;
}

const MOST_VALUES = 500;

export const newHeard = (): Heard => ({ layers: [], values: [], isNews: false });

export function hearLayer(heard: Heard, layer: number): void {
  if (!heard.layers.includes(layer)) heard.layers.push(layer);
}

export function hear(heard: Heard, field: HeardField, value: string): void {
  heard.isNews = true;
  if (heard.values.length < MOST_VALUES) heard.values.push({ field, value });
}

export const hex16 = (value: number): string => `0x${hexByte(value >> 8)}${hexByte(value & 0xff)}`;

/** What is said on one connection as far as both directions must know it. */
export interface Dialogue {
  /** Methods of HTTP requests that wait for their response. */
  methods: string[];
  /** Whether the client of a mail login is asked for user name or password. */
  login: 'none' | 'user' | 'password';
  /** Whether TLS was asked for on a connection that began without it, and whether it begins now. */
  secure: 'no' | 'asked' | 'agreed';
}

export const newDialogue = (): Dialogue => ({ methods: [], login: 'none', secure: 'no' });

/** Reads the messages of one direction of a connection, in order, as the bytes come in. */
export interface MessageReader {
  /** Whether a message can begin with these bytes. */
  begins(bytes: Uint8Array, start: number, end: number): boolean;
  /**
   * Takes bytes from `start` on and answers how many; 0 where it must see more of them first, which are then held for it; -1
   * where they are no message of this protocol. An answer beyond `end` takes bytes that are still to come, unread.
   */
  take(bytes: Uint8Array, start: number, end: number, heard: Heard): number;
  /** Who reads on where these bytes are of another protocol, to which both sides agreed to change. */
  successor?(bytes: Uint8Array, start: number, end: number): MessageReader | null;
  /** Bytes that it holds itself of messages under way. */
  pending?(): number;
  /** The last of the bytes that were taken unread has come. */
  passed?(heard: Heard): void;
  /** The capture did not record how the message under way goes on: tells what is known of it, `held` being its last bytes. */
  cutShort?(held: Uint8Array, heard: Heard): void;
  /** The direction was closed: no more bytes will come. */
  finish(heard: Heard): void;
}
