import { u16 } from '../bytes.ts';
import { layer } from '../layers.ts';
import { isDns, readDns } from './dns.ts';
import { hear, hearLayer, hex16, type MessageReader } from './heard.ts';

const DNS = layer('dns');

/** DNS over TCP (RFC 7766): each message has its length of 2 bytes in front. */
export function createDnsReader(): MessageReader {
  return {
    begins: (bytes, start, end) => end - start < 2 || u16(bytes, start) >= 12,
    take: (bytes, start, end, heard) => {
      if (end - start < 2) return 0;
      const behind = start + 2 + u16(bytes, start);
      if (!isDns(start + 2, behind)) return -1;
      if (behind > end) return 0;
      const { id, flags, questions, names, types, addresses } = readDns(bytes, start + 2, behind);
      hearLayer(heard, DNS);
      hear(heard, 'dns.id', hex16(id));
      hear(heard, 'dns.flags', hex16(flags));
      hear(heard, 'dns.count.queries', String(questions));
      for (const address of addresses) hear(heard, 'dns.a', address);
      for (const name of names) hear(heard, 'dns.qry.name', name);
      for (const type of types) hear(heard, 'dns.qry.type', String(type));
      return behind - start;
    },
    finish: () => undefined,
  };
}
