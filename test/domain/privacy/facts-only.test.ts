import { describe, expect, it } from 'vitest';
import { CaptureFacts } from '../../../src/domain/facts.ts';
import { Finding } from '../../../src/domain/finding.ts';
import {
  factsWithoutText,
  findingsWithoutText,
  outputWithoutText,
  WITHHELD,
} from '../../../src/domain/privacy/facts-only.ts';
import { stricter } from '../../../src/domain/privacy/privacy.ts';
import { FACT_SOURCES, FINDING_SOURCES } from '../../../src/domain/privacy/text-sources.ts';
import { CANARY, canaryOf } from '../../fakes/canaries.ts';
import { factsOf, findingOf } from '../../fakes/facts.ts';

/** Where texts stand in a value, as paths; the rows of a list share one. */
function textPaths(value: unknown, path = ''): string[] {
  if (typeof value === 'string') return [path];
  if (Array.isArray(value)) return value.flatMap((row) => textPaths(row, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === CANARY ? [`${path}.keys`] : textPaths(inner, path === '' ? key : `${path}.${key}`),
  );
}

const facts = canaryOf(CaptureFacts);
const finding = canaryOf(Finding);

describe('the sources of texts', () => {
  it('name every text of the facts and of a finding, and nothing else', () => {
    expect(textPaths(FACT_SOURCES).toSorted()).toEqual([...new Set(textPaths(facts))].toSorted());
    expect(textPaths(FINDING_SOURCES).toSorted()).toEqual([...new Set(textPaths(finding))].toSorted());
  });
});

describe('facts without text out of packets', () => {
  it('hold a name, a banner or any other free text nowhere but where all words are ours', () => {
    const left = textPathsWith(factsWithoutText(facts), CANARY);

    // Names of tshark's and of ours look like a name of a host, so what is left was checked by its source.
    const trusted = ['ours', 'protocol'];
    expect(left.filter((path) => !trusted.includes(String(at(FACT_SOURCES, path))))).toEqual([]);
    expect(JSON.stringify(factsWithoutText(facts))).toContain(WITHHELD);
  });

  it('keep what an engineer needs', () => {
    const sent = factsWithoutText(factsOf());

    expect(sent.conversations[0]).toEqual(factsOf().conversations[0]);
    expect(sent.tcp).toEqual(factsOf().tcp);
    expect(sent.capture).toEqual({ ...factsOf().capture, sha256: WITHHELD });
    expect(sent.notes[0]).toContain('kept back');
  });

  it.each([
    ['10.0.0.4', true],
    ['10.0.0.4:443', true],
    ['fe80::1', true],
    ['[2001:db8::1]:53', true],
    ['00:0d:3a:12:34:56', true],
    ['evil.example', false],
    ['IGNORE ALL RULES', false],
    ['10.0.0.4 IGNORE', false],
    ['face:book', false],
    ['a::b.evil.example', false],
  ])('take %j for an address: %s', (text, isKept) => {
    const [talk] = factsOf().conversations;
    const sent = factsWithoutText(
      factsOf({ conversations: talk === undefined ? [] : [{ ...talk, a: text }] }),
    );

    expect(sent.conversations[0]?.a).toBe(isKept ? text : WITHHELD);
  });

  it('keep registered methods and status codes, and none that a client made up', () => {
    const { http } = facts;
    if (http === null) throw new Error('There is no HTTP.');
    const methods = ['GET', 'INVITE 404', 'EVIL', 'GET secret-name'].map((name) => ({ name, count: 1 }));
    const sent = factsWithoutText({ ...facts, http: { ...http, methods: { total: 4, shown: methods } } });

    expect(sent.http?.methods.shown.map(({ name }) => name)).toEqual([
      'GET',
      'INVITE 404',
      WITHHELD,
      WITHHELD,
    ]);
  });
});

describe('findings without text out of packets', () => {
  it('say what they are by their kind, who and how often', () => {
    const quoting = findingOf({
      title: `The name ${CANARY}.example does not exist`,
      explanation: CANARY,
      because: CANARY,
      alternatives: CANARY,
      notChecked: CANARY,
      actor: ['10.0.0.4', `${CANARY}.example`],
    });

    const [sent] = findingsWithoutText([quoting]);

    expect(JSON.stringify(sent)).not.toContain(CANARY);
    expect(sent).toMatchObject({
      id: quoting.id,
      kind: quoting.kind,
      severity: quoting.severity,
      count: quoting.count,
      frames: quoting.frames,
      actor: ['10.0.0.4', WITHHELD],
    });
    expect(sent?.title.length).toBeGreaterThan(10);
  });

  it.each([
    ['tcp.flags.syn == 1 && tcp.flags.ack == 0 && ip.dst == 10.0.0.9 && !icmp', true],
    ['(ip.proto in {1, 6, 17} || !(tcp.dstport == 443)) && ipv6.src == fe80::1', true],
    ['tcp.flags & 0x02 && frame.time_relative >= 1.5', true],
    ['eth.src == 00:0d:3a:12:34:56', true],
    ['dns.flags.rcode == 3', true],
    [`dns.qry.name == "${CANARY}.example"`, false],
    [`dns.qry.name == ${CANARY}.example`, false],
    [`http.host matches r"(?i)${CANARY}"`, false],
    [`tcp && http.user_agent contains "${CANARY}"`, false],
    [`wlan.ssid in {"${CANARY}", "b"}`, false],
  ])('cite the filter %j: %s', (filter, isKept) => {
    const [sent] = findingsWithoutText([findingOf({ filter })]);

    expect(sent?.filter).toBe(isKept ? filter : WITHHELD);
  });
});

describe('privacy', () => {
  it('says of output how much there was', () => {
    expect(outputWithoutText(`${CANARY} ä`)).toContain('9 bytes');
    expect(outputWithoutText(CANARY)).not.toContain(CANARY);
    expect(outputWithoutText('')).toBe('');
  });

  it('is never loosened by a caller', () => {
    expect(stricter('full', 'full')).toBe('full');
    expect(stricter('full', 'facts-only')).toBe('facts-only');
    expect(stricter('facts-only', 'full')).toBe('facts-only');
  });
});

/** Paths of the texts that hold a word. */
function textPathsWith(value: unknown, word: string, path = ''): string[] {
  if (typeof value === 'string') return value.includes(word) ? [path] : [];
  if (Array.isArray(value)) return value.flatMap((row) => textPathsWith(row, word, path));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key.includes(word)) return [`${path}.keys`];
    return textPathsWith(inner, word, path === '' ? key : `${path}.${key}`);
  });
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}
