import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import { isGroupAddress, type Packet } from '../packet.ts';
import { number, text } from '../row.ts';

/** Names below one domain that a client asked a server for. */
export interface DomainUse {
  client: string;
  server: string;
  /** Last two labels. */
  domain: string;
  queries: Evidence;
  /** Names asked for, at most 500. */
  names: Set<string>;
  /** Characters in front of the domain, over all queries. */
  characters: number;
  /** Queries for records that can carry free text or bytes. */
  roomy: number;
}

const MAX_ROWS = 20_000;
const MAX_NAMES = 500;
/** NULL, MX, TXT, KEY, CNAME, SRV and private types: what tunnels use because answers have room. */
const ROOMY = new Set([5, 10, 15, 16, 25, 33, 65_399]);

export function createDnsNames() {
  const uses = createBoundedMap<DomainUse>(MAX_ROWS, (key) => {
    const [client = '', server = '', domain = ''] = key.split(' ');
    return { client, server, domain, queries: noEvidence(), names: new Set(), characters: 0, roomy: 0 };
  });
  return {
    add({ row, layers, source, target, frame }: Packet): void {
      const flags = number(row, 'dns.flags');
      if (flags === null || (flags & 0x8000) !== 0 || source === null || target === null) return;
      if (!layers.includes('dns') || isGroupAddress(target)) return;
      const name = text(row, 'dns.qry.name').slice(0, 255).toLowerCase();
      const domain = name.split('.').slice(-2).join('.');
      // A forged name could hold a space and so another key's shape.
      if (!/^[\w-]+\.[\w-]+$/.test(domain) || domain.endsWith('.arpa') || domain === name) return;
      const use = uses.at(`${source} ${target} ${domain}`);
      if (use === null) return;
      addEvidence(use.queries, frame);
      addBounded(use.names, name, MAX_NAMES);
      use.characters += name.length - domain.length - 1;
      if (ROOMY.has(number(row, 'dns.qry.type') ?? 0)) use.roomy += 1;
    },
    finish: () => uses.values(),
  };
}
