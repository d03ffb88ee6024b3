import { createBoundedMap } from '../bounded.ts';
import { isAddress, type Packet } from '../packet.ts';
import { all, lastNumber, number } from '../row.ts';
import { createTally, type Tally } from '../tally.ts';

/** ICMP errors of one sort from one reporter to one host about packets to one place. */
export interface QuotedError {
  /** "icmp 3/1" and the like. */
  sort: string;
  reporter: string;
  told: string;
  /** Of the packet that the error is about; '' where it is not known. */
  originalTarget: string;
  originalProtocol: 'tcp' | 'udp' | 'icmp' | 'other';
  /** 0 where it has none. */
  originalPort: number;
  messages: number;
}

export interface ControlMessages {
  /** Every ICMP message as "icmp type/code". */
  sorts: Tally;
  quoted: QuotedError[];
}

const MAX_ROWS = 5_000;

/** ICMP by type, and what the errors among them are about. */
export function createControlMessages() {
  const sorts = createTally(2_000);
  const quoted = createBoundedMap<QuotedError>(MAX_ROWS, newError);
  return {
    add(packet: Packet): void {
      const { row, layers, source, target, quotes } = packet;
      const name = layers.at(-1) === 'icmp' ? 'icmp' : layers.includes('icmpv6') ? 'icmpv6' : null;
      const type = name === null ? null : number(row, `${name}.type`);
      if (name === null || type === null) return;
      const sort = `${name} ${type}/${number(row, `${name}.code`) ?? 0}`;
      sorts.add(sort);
      if (!quotes || source === null || target === null) return;
      const error = quoted.at(`${sort} ${source} ${target} ${original(packet, name)}`);
      if (error !== null) error.messages += 1;
    },
    finish: (): ControlMessages => ({ sorts, quoted: quoted.values() }),
  };
}

/** Where the quoted packet was going: address, protocol and port. */
function original({ row }: Packet, name: 'icmp' | 'icmpv6'): string {
  const target = all(row, name === 'icmp' ? 'ip.dst' : 'ipv6.dst').at(-1) ?? '';
  const tcp = lastNumber(row, 'tcp.dstport');
  const udp = lastNumber(row, 'udp.dstport');
  const protocol =
    tcp !== null ? 'tcp' : udp !== null ? 'udp' : lastNumber(row, 'ip.proto') === 1 ? 'icmp' : 'other';
  return `${isAddress(target) ? target : '-'} ${protocol} ${tcp ?? udp ?? 0}`;
}

function newError(key: string): QuotedError {
  const [name = '', code = '', reporter = '', told = '', target = '', protocol = '', port = ''] =
    key.split(' ');
  return {
    sort: `${name} ${code}`,
    reporter,
    told,
    originalTarget: target === '-' ? '' : target,
    originalProtocol: protocol === 'tcp' || protocol === 'udp' || protocol === 'icmp' ? protocol : 'other',
    originalPort: Number(port),
    messages: 0,
  };
}
