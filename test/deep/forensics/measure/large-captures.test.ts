import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORPUS_FOLDER, corpusCaptures } from '../../../forensics/measure/corpus.ts';
import { bothLanes, differencesOf } from '../../../forensics/measure/two-lanes.ts';

/** Kinds of findings on which our own reader and tshark 4.0 differ where messages are of these sorts, and why. */
const KNOWN: readonly { where: RegExp; kinds: RegExp; because: string }[] = [
  {
    where: /sslv2/,
    kinds: /tls_cert_self_signed/,
    because: 'the certificate in a hello of SSL 2 is not read',
  },
  {
    where: /^(ndpi-fuzz|tcpdump-arp-oob)/,
    kinds: /arp_spoofing|dns_no_response|dns_malformed/,
    because: 'ARP and DNS messages were damaged on purpose, and the two give up at different bytes of them',
  },
];

const captures = corpusCaptures();

describe.runIf(captures.length > 0)('the corpus read as large captures are', () => {
  it.for(captures)(
    'shows in $id what tshark shows over every packet',
    { timeout: 300_000 },
    async ({ id, file }) => {
      const { whole, large } = await bothLanes(join(CORPUS_FOLDER, file));
      const known = KNOWN.filter(({ where }) => where.test(id.split('/').at(-1) ?? ''));
      const unknown = differencesOf(whole, large).filter(
        (difference) => !known.some(({ kinds }) => kinds.test(difference)),
      );
      expect(unknown).toEqual([]);
    },
  );
});
