import { confirmed, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, quoteNames, times, type Detector } from '../draft.ts';
import { all, any, between, oneOf } from '../filter.ts';
import type { Tables } from '../tables.ts';
import { REFUSED_SMB, type AttemptRow } from '../tables/kerberos.ts';

/** Service tickets with RC4, which can be cracked at home (MITRE ATT&CK T1558.003). */
export const kerberoasting: Detector = { kind: 'kerberoasting', detect: detectRoasting };

/** Few passwords tried on many names (MITRE ATT&CK T1110.003). */
export const passwordSpray: Detector = { kind: 'password_spray', detect: detectSpray };

const SEVERAL_TICKETS = 3;
const SPRAYED_NAMES = 5;
const TRIES_PER_NAME = 3;

function detectRoasting({ kerberos }: Tables): FindingDraft[] {
  return kerberos.tickets.flatMap(({ client, server, weakRequests, weakTickets, mixed, services }) => {
    const asked = weakRequests.count > 0;
    if (!asked && mixed === 0 && services.size < SEVERAL_TICKETS) return [];
    const evidence =
      asked && weakTickets.count === 0 ? weakRequests : mergeEvidence([weakRequests, weakTickets]);
    const ways = [
      ...(asked ? [`(kerberos.msg_type == 12 && kerberos.ENCTYPE == 23 && ${between(client, server)})`] : []),
      ...(weakTickets.count > 0
        ? [`(kerberos.msg_type == 13 && kerberos.etype == 23 && ${between(server, client)})`]
        : []),
    ];
    return [
      draft('kerberoasting', {
        title: `${client} asked ${server} for ${times(services.size, 'service ticket')} that can be cracked`,
        severity: grade([['high', asked || services.size >= SEVERAL_TICKETS * 2]], 'medium'),
        ...confirmed(
          asked && services.size >= SEVERAL_TICKETS,
          'several services, and requests that leave out AES on purpose',
          asked ? 'few services were asked for' : 'old service accounts get such tickets too',
        ),
        actor: [client],
        target: [server],
        ports: [88],
        evidence,
        filter: any(...ways),
        explanation:
          (asked ? `${times(weakRequests.count, 'request')} accept RC4 and no AES. ` : '') +
          `${times(weakTickets.count, 'ticket')} sealed with RC4, for services such as ${quoteNames(services) || 'those shown'}: ` +
          'their passwords can be guessed offline.',
        alternatives:
          'Old systems that know no AES, and service accounts whose password is older than AES in this domain.',
        notChecked: 'Whether the services belong to machines or to people.',
      }),
    ];
  });
}

const REFUSAL_FILTER: Record<AttemptRow['protocol'], string> = {
  kerberos: 'kerberos.error_code in {6, 18, 24}',
  ntlm: `(${oneOf('smb2.nt_status', REFUSED_SMB)} || ${oneOf('smb.nt_status', REFUSED_SMB)})`,
  ftp: 'ftp.response.code == 530',
  ldap: 'ldap.resultCode == 49',
  pop: 'pop.response.indicator == "-ERR"',
  imap: 'imap.response.status == "NO"',
};

function detectSpray({ kerberos }: Tables): FindingDraft[] {
  const sprayed = kerberos.attempts.filter(
    ({ users, refusals }) =>
      users.size >= SPRAYED_NAMES &&
      refusals.count >= SPRAYED_NAMES &&
      refusals.count <= users.size * TRIES_PER_NAME &&
      refusals.count >= users.size / 2,
  );
  return sprayed.map(({ client, server, protocol, users, refusals }) =>
    draft('password_spray', {
      title: `${client} tried ${users.size} names on ${server} and was refused ${refusals.count} times`,
      severity: 'high',
      ...measured(users.size, SPRAYED_NAMES * 4, 'names tried'),
      actor: [client],
      target: [server],
      evidence: refusals,
      filter: all(REFUSAL_FILTER[protocol], between(server, client)),
      explanation: `${users.size} names and about ${(refusals.count / users.size).toFixed(1)} refusals for each: a few passwords, or none, are tried on many accounts.`,
      alternatives: 'A gateway that logs many people in.',
      notChecked: 'Which passwords were tried, and whether one of them worked.',
    }),
  );
}
