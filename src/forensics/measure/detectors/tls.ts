import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import type { Tables } from '../tables.ts';

/** Servers that agreed to SSL 2, SSL 3, TLS 1.0 or TLS 1.1. */
export const tlsWeakVersion: Detector = { kind: 'tls_weak_version', detect: detectWeak };

/** Handshakes that ended in a fatal alert. */
export const tlsHandshakeFailure: Detector = { kind: 'tls_handshake_failure', detect: detectAlerts };

/** Certificates outside their validity at the time of the packet. */
export const tlsCertExpired: Detector = { kind: 'tls_cert_expired', detect: detectExpired };

const SSL3 = 0x0300;
const VERSIONS = new Map([
  [0x0002, 'SSL 2.0'],
  [SSL3, 'SSL 3.0'],
  [0x0301, 'TLS 1.0'],
  [0x0302, 'TLS 1.1'],
]);

/** Names of RFC 8446 section 6. */
const ALERTS = new Map([
  [10, 'unexpected message'],
  [20, 'bad record MAC'],
  [40, 'handshake failure: no common parameters'],
  [42, 'bad certificate'],
  [43, 'unsupported certificate'],
  [44, 'certificate revoked'],
  [45, 'certificate expired'],
  [46, 'certificate unknown'],
  [47, 'illegal parameter'],
  [48, 'unknown certificate authority'],
  [49, 'access denied'],
  [50, 'decode error'],
  [51, 'decrypt error'],
  [70, 'protocol version not supported'],
  [71, 'insufficient security'],
  [80, 'internal error'],
  [86, 'inappropriate fallback'],
  [112, 'unrecognised name'],
  [116, 'certificate required'],
  [120, 'no application protocol'],
]);

function detectWeak({ tls }: Tables): FindingDraft[] {
  const known = tls.weak.filter(({ version }) => VERSIONS.has(version));
  return known.map(({ client, server, version, ports, hellos }) => {
    const name = VERSIONS.get(version) ?? '';
    const hex = `0x${version.toString(16).padStart(4, '0')}`;
    const hello =
      version < SSL3
        ? `tls.record.version == ${hex} && tls.handshake.version == ${hex}`
        : `tls.handshake.type == 2 && tls.handshake.version == ${hex}`;
    return draft('tls_weak_version', {
      title: `${server} agreed to ${name} with ${client}`,
      severity: grade([['high', version <= SSL3]], 'low'),
      ...stated('the version in the server’s hello'),
      actor: [server],
      target: [client],
      ports,
      evidence: hellos,
      filter: all(hello, between(server, client)),
      explanation:
        version <= SSL3
          ? `${name} is broken: whoever sits on the path can read or change what it protects (RFC 6176, RFC 7568).`
          : `${name} is deprecated (RFC 8996): plan to turn it off.`,
      alternatives: 'An old client that offers nothing newer.',
      notChecked: 'Whether the server would agree to a newer version with another client.',
    });
  });
}

function detectAlerts({ tls }: Tables): FindingDraft[] {
  return tls.alerts.map(({ sender, receiver, description, ports, alerts }) =>
    draft('tls_handshake_failure', {
      title: `${sender} broke off TLS with ${receiver} ${times(alerts.count, 'time')}`,
      severity: 'medium',
      ...stated('a fatal alert in the clear'),
      actor: [sender],
      target: [receiver],
      ports,
      evidence: alerts,
      filter: all(
        `tls.alert_message.level == 2 && tls.alert_message.desc == ${description}`,
        between(sender, receiver),
      ),
      explanation: `Fatal alert ${description} (${ALERTS.get(description) ?? 'no common name'}).`,
      alternatives: 'A client that probes for versions and tries again with another.',
      notChecked: 'Alerts that are encrypted, as all are after a TLS 1.3 handshake.',
    }),
  );
}

function detectExpired({ tls }: Tables): FindingDraft[] {
  return tls.expired.map(({ client, server, ports, over, shown }) =>
    draft('tls_cert_expired', {
      title: `${server} showed ${client} a certificate that ${over ? 'has expired' : 'is not valid yet'}`,
      severity: 'medium',
      ...stated('the dates in the certificate'),
      actor: [server],
      target: [client],
      ports,
      evidence: shown,
      filter: all('tls.handshake.type == 11', between(server, client)),
      explanation: `At the time of the packet the server's certificate ${over ? 'had run out' : 'had not begun to be valid'}.`,
      alternatives: 'A wrong clock on the machine that captured.',
      notChecked: 'The rest of the chain, names and signatures; certificates inside TLS 1.3 are encrypted.',
    }),
  );
}
