import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft, Severity } from '../../../domain/finding.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { draft, quoteNames, type Detector } from '../draft.ts';
import { all, between, oneOf } from '../filter.ts';
import type { CertificateFault, FaultyCertificates } from '../tables/certificates.ts';
import type { Tables } from '../tables.ts';

interface Words {
  fault: CertificateFault;
  title: string;
  severity(row: FaultyCertificates): Severity;
  explanation(row: FaultyCertificates): string;
  alternatives: string;
}

/** Certificates that do not cover the name that the client asked for. */
export const tlsCertNameMismatch = detectorOf('tls_cert_name_mismatch', {
  fault: 'mismatch',
  title: 'a certificate for another name',
  // A certificate that nobody vouches for is wrong whatever name it bears: told as such.
  severity: ({ selfSigned }) => (selfSigned ? 'low' : 'medium'),
  explanation: ({ asked, names }) =>
    `The client asked for ${quoteNames(asked)}; the certificate is for ${quoteWildcards(names)}. A client that checks ` +
    'breaks off.',
  alternatives:
    'A default site for names that the server does not know, or a proxy that inspects TLS with its own certificate.',
});

/** Certificates that are signed by themselves. */
export const tlsCertSelfSigned = detectorOf('tls_cert_self_signed', {
  fault: 'self-signed',
  title: 'a self-signed certificate',
  severity: () => 'medium',
  explanation: () =>
    'Subject and issuer of the certificate are the same: nobody else vouches for the server, and clients cannot tell it from an impostor.',
  alternatives: 'A device or laboratory whose clients have pinned this certificate.',
});

/** Chains without the certificate that links the server's to a trusted root. */
export const tlsCertChainIncomplete = detectorOf('tls_cert_chain_incomplete', {
  fault: 'incomplete',
  title: 'a certificate without its issuer',
  severity: () => 'medium',
  explanation: () =>
    'The intermediate certificate that signed the server’s is not among those sent: clients that do not happen to have it cannot verify the server.',
  alternatives: 'Clients that have the intermediate already, or fetch it themselves, notice nothing.',
});

/** Certificates built to deceive the checker. */
export const tlsCertSpoofed = detectorOf('tls_cert_spoofed', {
  fault: 'spoofed',
  title: 'a certificate built to deceive',
  severity: () => 'high',
  explanation: () =>
    'A certificate in the chain writes out the parameters of its elliptic curve instead of naming the curve (CVE-2020-0601), ' +
    'or hides a zero byte in a name (CVE-2009-2408): both pass for somebody else’s with software that checks badly.',
  alternatives: 'Old software that writes curve parameters out for no good reason (forbidden by RFC 5480).',
});

function detectorOf(kind: FindingKind, words: Words): Detector {
  const detect = ({ certificates }: Tables): FindingDraft[] =>
    certificates.faulty
      .filter(({ fault }) => fault === words.fault)
      .map((row) =>
        draft(kind, {
          title: `${row.server} showed ${row.client} ${words.title}`,
          severity: words.severity(row),
          ...stated('the certificate was sent in the clear and read'),
          actor: [row.server],
          target: [row.client],
          ports: row.ports,
          evidence: row.shown,
          filter: all(
            'tls.handshake.certificate',
            between(row.server, row.client),
            oneOf('tcp.srcport', row.ports),
            row.shown.count < (certificates.shown.get(`${row.client} ${row.server}`) ?? 0) &&
              oneOf('tcp.dstport', row.clientPorts),
          ),
          explanation: words.explanation(row),
          alternatives: words.alternatives,
          notChecked:
            'Signatures and revocation, whether the client went on, and certificates inside TLS 1.3, which are encrypted.',
        }),
      );
  return { kind, detect };
}

/** As names are quoted, with the star of wildcards. */
const quoteWildcards = (names: Iterable<string>): string =>
  quoteNames([...names].map((name) => name.replace(/^[*][.]/, 'ANY.'))).replaceAll('"ANY.', '"*.');
