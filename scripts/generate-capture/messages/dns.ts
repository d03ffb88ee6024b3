import { ascii, concat, long, octets, words } from '../../../src/local-azure/traffic/packets/bytes.ts';

export const DNS_TYPE = { A: 1, TXT: 16, AAAA: 28, HTTPS: 65 } as const;
export const DNS_CODE = { ok: 0, serverFailure: 2, noSuchName: 3 } as const;

export interface DnsQuestion {
  id: number;
  name: string;
  type: number;
}

/** A recursive query. */
export function dnsQuery(question: DnsQuestion): Uint8Array {
  return concat(words(question.id, 0x0100, 1, 0, 0, 0), questionBytes(question));
}

/** The answer: records of the type that was asked for, each given by its data, or a response code and none. */
export function dnsResponse(question: DnsQuestion, code: number, answers: readonly Uint8Array[]): Uint8Array {
  const records = answers.map((data) =>
    concat(words(0xc00c, question.type, 1), long(300), words(data.length), data),
  );
  const header = words(question.id, 0x8180 | code, 1, answers.length, 0, 0);
  return concat(header, questionBytes(question), ...records);
}

/** The data of an HTTPS record: this name itself, over HTTP/2 (RFC 9460). */
export const httpsRecord = (): Uint8Array => concat(words(1), octets(0), words(1, 3), octets(2), ascii('h2'));
export const textRecord = (text: string): Uint8Array => concat(octets(text.length), ascii(text));

function questionBytes({ name, type }: DnsQuestion): Uint8Array {
  const labels = name.split('.').map((label) => concat(octets(label.length), ascii(label)));
  return concat(...labels, octets(0), words(type, 1));
}
