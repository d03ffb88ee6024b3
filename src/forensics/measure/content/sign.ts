import type { Severity } from '../../../domain/finding.ts';
import type { FindingKind } from '../../../domain/finding-kinds.ts';
import { oneOf } from '../filter.ts';

/** Bytes of one packet that show something by themselves: published behaviour of a protocol, a tool or an attack. */
export interface ContentSign {
  kind: FindingKind;
  /** For people, as the object of "shows": "a Log4Shell look-up". */
  name: string;
  severity: Severity;
  /** Who of the two ends acts: the one that sends these bytes, or the one that receives them. */
  actor: 'sender' | 'receiver';
  over: 'tcp' | 'udp';
  /** What JavaScript and PCRE both understand, over bytes; a dot matches every byte. Nothing in it repeats without bound. */
  pattern: string;
  /** Letters of either case match. */
  anyCase?: boolean;
  /** Only what the side that opened the connection sends, or only what the other does. */
  from?: 'client' | 'server';
  /** Only where one of these protocols was recognised. */
  inside?: readonly string[];
  /** Never where one of these protocols was recognised. */
  outside?: readonly string[];
  /** Server ports to which a short pattern is bound. */
  ports?: readonly number[];
  /** So many packets at least. */
  atLeast?: number;
  /** Where the pattern is published. */
  source: string;
}

/** Writes signs that have most in common: sent over TCP by the host that acts, grave, unless `common` or `more` say otherwise. */
export const signMaker =
  (common: Pick<ContentSign, 'kind'> & Partial<ContentSign>) =>
  (name: string, pattern: string, source: string, more: Partial<ContentSign> = {}): ContentSign => ({
    severity: 'high',
    actor: 'sender',
    over: 'tcp',
    ...common,
    name,
    pattern,
    source,
    ...more,
  });

/** A pattern as the code runs it over the bytes of a packet, one character per byte. */
export const expressionOf = ({ pattern, anyCase }: Pick<ContentSign, 'pattern' | 'anyCase'>): RegExp =>
  new RegExp(pattern, anyCase === true ? 'si' : 's');

/** The display filter for the same packets, without their addresses. */
export function contentFilter({ over, pattern, anyCase, inside, outside, ports }: ContentSign): string {
  const conditions = [
    matches(over, pattern, anyCase === true),
    ...(inside === undefined ? [] : [inside.length === 1 ? (inside[0] ?? '') : `(${inside.join(' || ')})`]),
    ...(outside ?? []).map((layer) => `!${layer}`),
    ...(ports === undefined ? [] : [oneOf(`${over}.port`, ports)]),
  ];
  return conditions.join(' && ');
}

/** A display filter over the payload of packets. */
export const matches = (over: 'tcp' | 'udp', pattern: string, anyCase = false): string =>
  `${over}.payload matches r"(?s${anyCase ? 'i' : '-i'})${pattern}"`;
