import { agreeing, measured } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, grade, times, type Detector } from '../draft.ts';
import { all, any, between } from '../filter.ts';
import { FINGERPRINT_TESTS, type OddProbes } from '../tables/odd-probes.ts';
import type { Tables } from '../tables.ts';

/** One host tried which IP protocols another speaks. */
export const ipProtocolScan: Detector = { kind: 'ip_protocol_scan', detect: detectProtocols };

/** Packets whose only use is to tell operating systems apart by how they answer. */
export const osFingerprinting: Detector = { kind: 'os_fingerprinting', detect: detectFingerprinting };

const MIN_PROTOCOLS = 10;
const MIN_TESTS = 2;
const MANY_TESTS = 3;

function detectProtocols({ oddProbes }: Tables): FindingDraft[] {
  return oddProbes.flatMap((pair) => [
    ...(pair.protocols.size >= MIN_PROTOCOLS ? [probed(pair)] : []),
    ...(pair.refusedProtocols.size >= MIN_PROTOCOLS ? [refused(pair)] : []),
  ]);
}

const SCAN = {
  severity: 'high',
  alternatives: 'A vulnerability scanner of your own.',
  notChecked: 'Which of the protocols the host does speak.',
} as const;

function probed({ source, target, protocols, protocolProbes }: OddProbes): FindingDraft {
  return draft('ip_protocol_scan', {
    ...SCAN,
    title: `${source} tried ${protocols.size} IP protocols of ${target}`,
    actor: [source],
    target: [target],
    evidence: protocolProbes,
    ...measured(protocols.size, MIN_PROTOCOLS, 'protocols tried'),
    filter: all('!(ip.proto in {1, 6, 17})', between(source, target)),
    explanation:
      `${times(protocolProbes.count, 'packet')} carry ${protocols.size} different protocol numbers besides ICMP, TCP and ` +
      `UDP: no host needs as many.`,
  });
}

function refused({ source, target, refusals, refusedProtocols }: OddProbes): FindingDraft {
  return draft('ip_protocol_scan', {
    ...SCAN,
    title: `${target} told ${source} that it does not speak ${refusedProtocols.size} IP protocols`,
    actor: [source],
    target: [target],
    evidence: refusals,
    ...measured(refusedProtocols.size, MIN_PROTOCOLS, 'protocols refused one by one'),
    filter: all('icmp.type == 3 && icmp.code == 2', between(target, source)),
    explanation:
      `${times(refusals.count, 'answer')} "protocol unreachable" name ${refusedProtocols.size} different protocols, so ` +
      `${source} went through them one after the other.`,
  });
}

function detectFingerprinting({ oddProbes }: Tables): FindingDraft[] {
  return oddProbes.flatMap(({ source, target, tests }) => {
    const met = FINGERPRINT_TESTS.filter(({ name }) => tests.has(name));
    if (met.length < MIN_TESTS || met.every(({ common }) => common)) return [];
    const evidence = mergeEvidence(met.map(({ name }) => tests.get(name) ?? { count: 0, frames: [] }));
    return [
      draft('os_fingerprinting', {
        title: `${source} tried to find out the operating system of ${target}`,
        severity: grade([['high', met.length >= MANY_TESTS]], 'medium'),
        ...agreeing(met.length, MANY_TESTS, 'different tests'),
        actor: [source],
        target: [target],
        evidence,
        filter: all(any(...met.map(({ filter }) => `(${filter})`)), between(source, target)),
        explanation:
          `${times(evidence.count, 'packet')} that operating systems answer differently and that nothing else needs: ` +
          `${met.map(({ name }) => name).join(', ')}.`,
        alternatives: 'An asset inventory or vulnerability scanner of your own.',
        notChecked: 'Passive fingerprinting, which sends nothing.',
      }),
    ];
  });
}
