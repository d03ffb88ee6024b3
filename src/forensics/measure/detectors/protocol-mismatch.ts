import { stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, grade, type Detector } from '../draft.ts';
import { all, any, between, oneOf } from '../filter.ts';
import { MAX_CLIENT_PORTS } from '../tables/first-words.ts';
import type { Tables } from '../tables.ts';

/** Servers that speak a protocol on a port that belongs to another. */
export const protocolMismatch: Detector = { kind: 'protocol_mismatch', detect };

const isHead = (head: string): boolean => /^([\da-f]{2})+$/i.test(head);
/** Bytes as display filters write them: 32:32:30:20. */
const bytesOf = (head: string): string => head.replaceAll(/..(?=.)/g, '$&:');

function detect({ firstWords }: Tables): FindingDraft[] {
  const foreign = firstWords.filter(({ heads }) => [...heads].every(isHead));
  return foreign.map(({ client, server, port, spoken, owner, heads, words, refusals, clientPorts }) =>
    draft('protocol_mismatch', {
      title: `${server} speaks ${spoken} with ${client} on port ${port}, which belongs to ${owner}`,
      severity: grade([['low', refusals === words.count]], 'medium'),
      ...stated('the first words of the server'),
      actor: [client],
      target: [server],
      ports: [port],
      evidence: words,
      filter: all(
        `tcp.srcport == ${port}`,
        clientPorts.size <= MAX_CLIENT_PORTS && oneOf('tcp.dstport', clientPorts),
        any(...[...heads].map((head) => `tcp.payload[0:${head.length / 2}] == ${bytesOf(head)}`)),
        between(server, client),
      ),
      explanation:
        `The first words of the server are those of ${spoken}. Whoever filters by port number takes this for ${owner}; ` +
        'programs use that to slip through, and dissectors that go by the port miss what is inside.',
      alternatives:
        refusals === words.count
          ? 'A client that spoke plain HTTP to a port for TLS by mistake: the server refused it.'
          : 'A firewall that lets only few ports pass, and a service that was moved to one of them on purpose.',
      notChecked:
        'Connections whose beginning is not in the capture, and protocols that the server does not open in the clear.',
    }),
  );
}
