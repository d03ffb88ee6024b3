import { readCertificate, type Certificate } from '../../../packets/application/certificate.ts';
import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { memoByText } from '../memo.ts';
import type { Packet } from '../packet.ts';
import { all, numbers, text } from '../row.ts';
import { utcSeconds } from './tls.ts';

export type CertificateFault = 'mismatch' | 'self-signed' | 'incomplete' | 'spoofed';

/** Certificates with one fault that a server showed a client. */
export interface FaultyCertificates {
  fault: CertificateFault;
  client: string;
  server: string;
  ports: Set<number>;
  /** Ports of the client, to find these handshakes among others. */
  clientPorts: Set<number>;
  /** Names that the client asked for. */
  asked: Set<string>;
  /** Names that the certificates are for. */
  names: Set<string>;
  /** Whether some were signed by themselves, too. */
  selfSigned: boolean;
  shown: Evidence;
}

/** A certificate that a server showed as its own. */
export interface SeenLeaf {
  server: string;
  names: string[];
  issuer: string | null;
  /** In seconds since 1970. */
  notBefore: number | null;
  notAfter: number | null;
  /** When it was first shown. */
  firstAt: number;
  faults: Set<CertificateFault>;
  shown: number;
}

export interface CertificateTable {
  leaves: SeenLeaf[];
  faulty: FaultyCertificates[];
  /** Frames with certificates, per "client server". */
  shown: Map<string, number>;
}

interface Hello {
  client: string;
  name: string;
}

const MAX_ROWS = 20_000;
const MAX_LEAVES = 5_000;
const MAX_HELLOS = 50_000;
const MAX_CERTIFICATES = 10;
const MAX_NAMES = 4;
/** Certificates that are kept as they were read. */
const MAX_READ = 200;
const MAX_HEX = 131_072;
const CLIENT_HELLO = 1;

/** What servers' certificates say of themselves; TLS 1.3 encrypts them. */
export function createCertificates() {
  const rows = createBoundedMap<FaultyCertificates>(MAX_ROWS, newRow);
  const leaves = createBoundedMap<SeenLeaf>(MAX_LEAVES, newLeaf);
  const hellos = new Map<number, Hello>();
  const shown = new Map<string, number>();
  // A server shows the same ones to everybody.
  const read = memoByText(MAX_READ, (hex) => readCertificate(Buffer.from(hex, 'hex')));

  const note = (fault: CertificateFault, packet: Packet, leaf: Certificate, asked: string): void => {
    const { source, target, transport } = packet;
    const row = rows.at(`${fault} ${target} ${source}`);
    if (row === null || transport === null) return;
    addEvidence(row.shown, packet.frame);
    addBounded(row.ports, transport.sourcePort, 20);
    addBounded(row.clientPorts, transport.targetPort, 50);
    if (asked !== '') addBounded(row.asked, asked, MAX_NAMES);
    for (const name of namesOf(leaf)) addBounded(row.names, name, MAX_NAMES);
    if (isSelfSigned(leaf)) row.selfSigned = true;
  };
  return {
    add(packet: Packet): void {
      const { transport, source, target, row } = packet;
      if (transport?.kind !== 'tcp' || source === null || target === null || !packet.layers.includes('tls'))
        return;
      if (numbers(row, 'tls.handshake.type').includes(CLIENT_HELLO) && hellos.size < MAX_HELLOS) {
        const name = text(row, 'tls.handshake.extensions_server_name').slice(0, 255).toLowerCase();
        hellos.set(transport.stream, { client: `${source} ${transport.sourcePort}`, name });
      }
      const chain = chainOf(packet, read);
      const [leaf] = chain;
      if (leaf === undefined) return;
      const hello = hellos.get(transport.stream);
      const fromServer =
        hello === undefined
          ? transport.sourcePort < transport.targetPort
          : hello.client !== `${source} ${transport.sourcePort}`;
      if (!fromServer) return;
      const pair = `${target} ${source}`;
      if (shown.size < MAX_ROWS || shown.has(pair)) shown.set(pair, (shown.get(pair) ?? 0) + 1);
      const faults = faultsOf(chain, hello?.name ?? '');
      for (const fault of faults) note(fault, packet, leaf, hello?.name ?? '');
      keepLeaf(leaves.at(`${source} ${leaf.serial} ${leaf.issuer}`), leaf, faults, packet);
    },
    finish: (): CertificateTable => ({ leaves: leaves.values(), faulty: rows.values(), shown }),
  };
}

function newLeaf(key: string): SeenLeaf {
  return {
    server: key.split(' ')[0] ?? '',
    names: [],
    issuer: null,
    notBefore: null,
    notAfter: null,
    firstAt: 0,
    faults: new Set(),
    shown: 0,
  };
}

function keepLeaf(
  kept: SeenLeaf | null,
  leaf: Certificate,
  faults: readonly CertificateFault[],
  { row, at }: Packet,
): void {
  if (kept === null) return;
  kept.shown += 1;
  for (const fault of faults) kept.faults.add(fault);
  if (kept.shown > 1) return;
  const [notBefore = null, notAfter = null] = all(row, 'x509af.utcTime').map(utcSeconds);
  kept.names = namesOf(leaf).slice(0, MAX_NAMES);
  kept.issuer = leaf.issuerName;
  kept.notBefore = notBefore;
  kept.notAfter = notAfter;
  kept.firstAt = at;
}

function newRow(key: string): FaultyCertificates {
  const [fault = '', client = '', server = ''] = key.split(' ');
  return {
    fault: FAULTS.find((known) => known === fault) ?? 'mismatch',
    client,
    server,
    ports: new Set(),
    clientPorts: new Set(),
    asked: new Set(),
    names: new Set(),
    selfSigned: false,
    shown: noEvidence(),
  };
}

const FAULTS: readonly CertificateFault[] = ['mismatch', 'self-signed', 'incomplete', 'spoofed'];

/** The certificates of the packet in their order; none where one of them cannot be read. */
function chainOf({ row }: Packet, read: (hex: string) => Certificate | null): Certificate[] {
  const chain: Certificate[] = [];
  for (const hex of all(row, 'tls.handshake.certificate').slice(0, MAX_CERTIFICATES)) {
    const certificate = hex.length > MAX_HEX ? null : read(hex);
    if (certificate === null) return [];
    chain.push(certificate);
  }
  return chain;
}

function faultsOf(chain: readonly Certificate[], asked: string): CertificateFault[] {
  const [leaf] = chain;
  if (leaf === undefined) return [];
  const found: [CertificateFault, boolean][] = [
    ['mismatch', isHostName(asked) && namesOf(leaf).length > 0 && !covers(leaf, asked)],
    ['self-signed', isSelfSigned(leaf)],
    ['incomplete', lacksIssuer(leaf, chain)],
    ['spoofed', chain.some(({ explicitCurve, hasZeroInName }) => explicitCurve || hasZeroInName)],
  ];
  return found.filter(([, holds]) => holds).map(([fault]) => fault);
}

const isSelfSigned = ({ subject, issuer }: Certificate): boolean => subject !== '' && subject === issuer;

/**
 * A root never signs a server's certificate of the public Web (CA/Browser Forum, 6.1.7), so one that tells where its
 * issuer is found needs that issuer beside it; one of a private authority may not.
 */
function lacksIssuer(leaf: Certificate, chain: readonly Certificate[]): boolean {
  if (isSelfSigned(leaf) || leaf.issuer === '') return false;
  if (chain.some(({ subject }) => subject === leaf.issuer)) return false;
  return chain.length > 1 || leaf.tellsIssuerPlace;
}

/** Names in the alternative names; the common name counts only where there are none (RFC 6125, 6.4.4). */
const namesOf = ({ dnsNames, commonName, hasAddresses }: Certificate): string[] =>
  dnsNames.length > 0 ? dnsNames : commonName === null || hasAddresses ? [] : [commonName];

const isHostName = (name: string): boolean => /^[\w-]+([.][\w-]+)+[.]?$/.test(name) && !/^[\d.]+$/.test(name);

/** Whether a certificate is for this name: a wildcard stands for exactly one label, the first (RFC 6125, 6.4.3). */
function covers(certificate: Certificate, asked: string): boolean {
  const name = asked.replace(/[.]$/, '');
  const parent = name.slice(name.indexOf('.'));
  return namesOf(certificate).some((pattern) => {
    const lower = pattern.toLowerCase().replace(/[.]$/, '');
    return lower === name || lower === `*${parent}`;
  });
}
