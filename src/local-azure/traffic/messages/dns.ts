import { ascii, concat, long, octets, words } from '../packets/bytes.ts';
import { addressBytes, isIpv6 } from '../packets/link.ts';

/** Response codes that the scenario uses. */
export const dnsCode = { ok: 0, serverFailure: 2, noSuchName: 3 } as const;

/** What is asked. */
export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: 'A' | 'AAAA';
}

/** A recursive query with one question. */
export function dnsQuery(question: DnsQuestion): Uint8Array {
  return concat(words(question.id, 0x0100, 1, 0, 0, 0), questionBytes(question));
}

/** The answer to a question: addresses, or a response code and none. */
export function dnsResponse(question: DnsQuestion, code: number, addresses: readonly string[]): Uint8Array {
  const answers = addresses.map((address) => {
    const data = addressBytes(address);
    return concat(words(0xc00c, isIpv6(address) ? 28 : 1, 1), long(300), words(data.length), data);
  });
  const header = words(question.id, 0x8180 | code, 1, answers.length, 0, 0);
  return concat(header, questionBytes(question), ...answers);
}

function questionBytes({ name, type }: DnsQuestion): Uint8Array {
  const labels = name.split('.').map((label) => concat(octets(label.length), ascii(label)));
  return concat(...labels, octets(0), words(type === 'A' ? 1 : 28, 1));
}
