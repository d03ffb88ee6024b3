import { addBounded, createBoundedMap } from '../bounded.ts';
import { md5, sha256 } from '../digests.ts';
import { ja3, ja4, offeredVersion, type ClientHello } from '../fingerprints.ts';
import { memoByText } from '../memo.ts';
import type { Packet } from '../packet.ts';
import { has, number, numbers, text, type Row } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** A name that clients asked servers for. */
export interface AskedName {
  name: string;
  hellos: number;
  servers: Set<string>;
}

/** A way to say hello, which a program has in common with its like. */
export interface Fingerprint {
  value: string;
  hellos: number;
  clients: Set<string>;
}

/** What clients and servers of TLS say first, over TCP or in QUIC. */
export interface HelloTable {
  clientHellos: number;
  serverHellos: number;
  /** Highest version per client's hello, and what servers chose. */
  offered: Tally;
  chosen: Tally;
  ciphers: Tally;
  alpn: Tally;
  names: AskedName[];
  ja3: Fingerprint[];
  ja4: Fingerprint[];
  alerts: Tally;
  quicHellos: number;
  quicVersions: Tally;
}

const MAX_ROWS = 5_000;
const MAX_HOSTS = 1_000;
const CLIENT_HELLO = 1;
const SERVER_HELLO = 2;
const SIGNATURE_ALGORITHMS = 13;
/** Extensions that list signature algorithms: for certificates, and for delegated credentials, beside the one proper. */
const WITH_SIGNATURES = new Set([SIGNATURE_ALGORITHMS, 34, 50]);

export function createHellos() {
  const tally = () => createTally(MAX_ROWS);
  const table = { offered: tally(), chosen: tally(), ciphers: tally(), alpn: tally(), alerts: tally() };
  const quicVersions = tally();
  const names = createBoundedMap<AskedName>(MAX_ROWS, (name) => ({ name, hellos: 0, servers: new Set() }));
  const prints = { ja3: newPrints(), ja4: newPrints() };
  // One program says hello again and again in the same way, and hashing costs more than all else here.
  const hashes = { md5: memoByText(MAX_ROWS, md5), sha256: memoByText(MAX_ROWS, sha256) };
  let clientHellos = 0;
  let serverHellos = 0;
  let quicHellos = 0;

  const addClient = (packet: Packet, overQuic: boolean): void => {
    const { row, source } = packet;
    clientHellos += 1;
    if (overQuic) quicHellos += 1;
    const hello = clientHello(row, overQuic);
    if (hello === null) return;
    table.offered.add(versionName(offeredVersion(hello)));
    noteName(names, packet);
    noteClient(prints.ja3.at(ja3(hello, hashes.md5)), source);
    noteClient(prints.ja4.at(ja4(hello, hashes.sha256)), source);
  };
  const addServer = ({ row }: Packet): void => {
    serverHellos += 1;
    const version =
      number(row, 'tls.handshake.extensions.supported_version') ?? number(row, 'tls.handshake.version');
    if (version !== null) table.chosen.add(versionName(version));
    const cipher = number(row, 'tls.handshake.ciphersuite');
    if (cipher !== null)
      table.ciphers.add(CIPHERS.get(cipher) ?? `0x${cipher.toString(16).padStart(4, '0')}`);
    const alpn = text(row, 'tls.handshake.extensions_alpn_str');
    if (alpn !== '') table.alpn.add(alpn);
  };
  return {
    add(packet: Packet): void {
      const { row, layers } = packet;
      const isQuic = layers.includes('quic');
      if (!isQuic && !layers.includes('tls')) return;
      if (isQuic && has(row, 'quic.version'))
        quicVersions.add(`0x${(number(row, 'quic.version') ?? 0).toString(16)}`);
      const types = numbers(row, 'tls.handshake.type');
      if (types.includes(CLIENT_HELLO)) addClient(packet, isQuic);
      else if (types.includes(SERVER_HELLO)) addServer(packet);
      for (const alert of numbers(row, 'tls.alert_message.desc'))
        table.alerts.add(ALERTS.get(alert) ?? `alert ${alert}`);
    },
    finish: (): HelloTable => ({
      ...table,
      clientHellos,
      serverHellos,
      quicHellos,
      quicVersions,
      names: names.values(),
      ja3: prints.ja3.values(),
      ja4: prints.ja4.values(),
    }),
  };
}

const newPrints = () =>
  createBoundedMap<Fingerprint>(MAX_ROWS, (value) => ({ value, hellos: 0, clients: new Set() }));

function noteName(names: ReturnType<typeof createBoundedMap<AskedName>>, { row, target }: Packet): void {
  const asked = text(row, 'tls.handshake.extensions_server_name').slice(0, 120).toLowerCase();
  const name = asked === '' ? null : names.at(asked);
  if (name === null) return;
  name.hellos += 1;
  if (target !== null) addBounded(name.servers, target, MAX_HOSTS);
}

function noteClient(print: Fingerprint | null, client: string | null): void {
  if (print === null) return;
  print.hellos += 1;
  if (client !== null) addBounded(print.clients, client, MAX_HOSTS);
}

/** The hello of a row; null where it holds more than one, whose lists cannot be told apart, or lists nothing. */
function clientHello(row: Row, overQuic: boolean): ClientHello | null {
  const version = number(row, 'tls.handshake.version');
  const ciphers = numbers(row, 'tls.handshake.ciphersuite');
  const hellos = numbers(row, 'tls.handshake.type').filter((type) => type === CLIENT_HELLO);
  if (version === null || ciphers.length === 0 || hellos.length !== 1) return null;
  const extensions = numbers(row, 'tls.handshake.extension.type');
  return {
    overQuic,
    version,
    supportedVersions: numbers(row, 'tls.handshake.extensions.supported_version'),
    ciphers,
    extensions,
    groups: numbers(row, 'tls.handshake.extensions_supported_group'),
    pointFormats: numbers(row, 'tls.handshake.extensions_ec_point_format'),
    signatureAlgorithms: signatureAlgorithms(row, extensions),
    alpn: text(row, 'tls.handshake.extensions_alpn_str'),
  };
}

/** Three extensions share the field; their lengths tell which values are whose. */
function signatureAlgorithms(row: Row, extensions: readonly number[]): number[] {
  const values = numbers(row, 'tls.handshake.sig_hash_alg');
  const lengths = numbers(row, 'tls.handshake.sig_hash_alg_len');
  let from = 0;
  for (const [index, extension] of extensions.filter((type) => WITH_SIGNATURES.has(type)).entries()) {
    const count = (lengths[index] ?? 0) / 2;
    if (extension === SIGNATURE_ALGORITHMS) return values.slice(from, from + count);
    from += count;
  }
  return [];
}

const VERSIONS = new Map([
  [0x0002, 'SSL 2'],
  [0x0300, 'SSL 3'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
  [0x0303, 'TLS 1.2'],
  [0x0304, 'TLS 1.3'],
]);
const versionName = (version: number): string => VERSIONS.get(version) ?? `0x${version.toString(16)}`;

/** Those that servers choose today and those that they should not; others are told by number. */
const CIPHERS = new Map([
  [0x1301, 'TLS_AES_128_GCM_SHA256'],
  [0x1302, 'TLS_AES_256_GCM_SHA384'],
  [0x1303, 'TLS_CHACHA20_POLY1305_SHA256'],
  [0xc02b, 'ECDHE_ECDSA_AES_128_GCM_SHA256'],
  [0xc02c, 'ECDHE_ECDSA_AES_256_GCM_SHA384'],
  [0xc02f, 'ECDHE_RSA_AES_128_GCM_SHA256'],
  [0xc030, 'ECDHE_RSA_AES_256_GCM_SHA384'],
  [0xcca8, 'ECDHE_RSA_CHACHA20_POLY1305_SHA256'],
  [0xcca9, 'ECDHE_ECDSA_CHACHA20_POLY1305_SHA256'],
  [0xc013, 'ECDHE_RSA_AES_128_CBC_SHA'],
  [0xc014, 'ECDHE_RSA_AES_256_CBC_SHA'],
  [0x009c, 'RSA_AES_128_GCM_SHA256'],
  [0x009d, 'RSA_AES_256_GCM_SHA384'],
  [0x002f, 'RSA_AES_128_CBC_SHA'],
  [0x0035, 'RSA_AES_256_CBC_SHA'],
  [0x000a, 'RSA_3DES_EDE_CBC_SHA'],
  [0x0005, 'RSA_RC4_128_SHA'],
  [0x0004, 'RSA_RC4_128_MD5'],
]);

/** Descriptions of RFC 8446, section 6, and its forerunners. */
const ALERTS = new Map([
  [0, 'close_notify'],
  [10, 'unexpected_message'],
  [20, 'bad_record_mac'],
  [21, 'decryption_failed'],
  [22, 'record_overflow'],
  [40, 'handshake_failure'],
  [42, 'bad_certificate'],
  [43, 'unsupported_certificate'],
  [44, 'certificate_revoked'],
  [45, 'certificate_expired'],
  [46, 'certificate_unknown'],
  [47, 'illegal_parameter'],
  [48, 'unknown_ca'],
  [49, 'access_denied'],
  [50, 'decode_error'],
  [51, 'decrypt_error'],
  [70, 'protocol_version'],
  [71, 'insufficient_security'],
  [80, 'internal_error'],
  [86, 'inappropriate_fallback'],
  [90, 'user_canceled'],
  [100, 'no_renegotiation'],
  [109, 'missing_extension'],
  [110, 'unsupported_extension'],
  [112, 'unrecognized_name'],
  [113, 'bad_certificate_status_response'],
  [115, 'unknown_psk_identity'],
  [116, 'certificate_required'],
  [120, 'no_application_protocol'],
]);
