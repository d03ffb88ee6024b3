import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import type { Tables } from '../tables.ts';

/** Certificates that OCSP, asked or stapled to a handshake, says are revoked. */
export const tlsCertRevoked: Detector = { kind: 'tls_cert_revoked', detect };

function detect({ revocations }: Tables): FindingDraft[] {
  return revocations.map(({ responder, client, ports, answers }) =>
    draft('tls_cert_revoked', {
      title: `${responder} told ${client} ${times(answers.count, 'time')} that a certificate is revoked`,
      severity: 'medium',
      ...stated('the status in the answer is revoked'),
      actor: [responder],
      target: [client],
      ports,
      evidence: answers,
      filter: all('ocsp.certStatus == 1', between(responder, client)),
      explanation:
        'The Online Certificate Status Protocol says "revoked": whoever issued the certificate no longer vouches for it, for example because its key leaked.',
      alternatives: 'A test site with a certificate that is revoked on purpose.',
      notChecked: 'Which server uses the certificate, the signature of the answer, and revocation lists.',
    }),
  );
}
