import { addBounded, addEvidence, createBoundedMap, noEvidence, type Evidence } from '../bounded.ts';
import type { Packet } from '../packet.ts';
import { text } from '../row.ts';
import { readUnicastDns } from './dns-message.ts';

/** Domains for which a server gave a client one private address. */
export interface PrivateAnswers {
  server: string;
  client: string;
  address: string;
  domains: Set<string>;
  answers: Evidence;
}

/** Names that a server resolved for a client to a public and to a private address, in turn. */
export interface Rebinding {
  server: string;
  client: string;
  names: Set<string>;
  answers: Evidence;
}

type Scope = 'public' | 'private';

const MAX_ROWS = 20_000;
const MAX_NAMES = 20;
const PRIVATE = /^(10|192[.]168|172[.](1[6-9]|2\d|3[01]))[.]/;
/** Blocked, an entry of a block list, or without meaning. */
const SPECIAL = /^(0|127|169[.]254)[.]/;

/** On which side of the firewall answers lie. */
export function createDnsScopes() {
  const privateAnswers = createBoundedMap<PrivateAnswers>(MAX_ROWS, (key) => {
    const [server = '', client = '', address = ''] = key.split(' ');
    return { server, client, address, domains: new Set(), answers: noEvidence() };
  });
  const rebindings = createBoundedMap<Rebinding>(MAX_ROWS, (key) => {
    const [server = '', client = ''] = key.split(' ');
    return { server, client, names: new Set(), answers: noEvidence() };
  });
  const known = createBoundedMap<{ scope: Scope | null; answers: Evidence }>(MAX_ROWS, () => ({
    scope: null,
    answers: noEvidence(),
  }));
  return {
    add(packet: Packet): void {
      const message = readUnicastDns(packet);
      const address = text(packet.row, 'dns.a');
      if (message === null || !message.isResponse || message.rcode !== 0) return;
      if (!/^\d+([.]\d+){3}$/.test(address) || SPECIAL.test(address)) return;
      const { source, target, frame } = packet;
      const scope: Scope = PRIVATE.test(address) ? 'private' : 'public';
      const row = scope === 'private' ? privateAnswers.at(`${source} ${target} ${address}`) : null;
      if (row !== null) {
        addEvidence(row.answers, frame);
        addBounded(row.domains, message.name.split('.').slice(-2).join('.'), MAX_NAMES);
      }
      const before = known.at(`${source} ${target} ${message.name}`);
      if (before === null) return;
      addEvidence(before.answers, frame);
      before.scope ??= scope;
      const rebinding = before.scope === scope ? null : rebindings.at(`${source} ${target}`);
      if (rebinding === null) return;
      addBounded(rebinding.names, message.name, MAX_NAMES);
      for (const seen of before.answers.frames.splice(0)) addEvidence(rebinding.answers, seen);
    },
    finish: () => ({ privateAnswers: privateAnswers.values(), rebindings: rebindings.values() }),
  };
}
