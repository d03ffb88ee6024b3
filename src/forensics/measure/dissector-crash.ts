import { CAPTURE_PATH, type RunResult } from '../../ports.ts';
import type { Passes } from './pass.ts';

/** What is likely to have crashed, and how tshark leaves it alone. */
export interface Suspect {
  /** Ends "with …" and "switching off …". */
  words: string;
  options: string[];
}

/** No payload is looked into, so that the layers below can be seen of a frame whose payload crashes tshark. */
const PORTS_ONLY = ['-d', 'tcp.port==1-65535,data', '-d', 'udp.port==1-65535,data'];
const PORT_FIELDS = ['frame.number', 'tcp.srcport', 'tcp.dstport', 'udp.srcport', 'udp.dstport'] as const;

/**
 * The protocol that tshark gives the payload of the frame to, by its ports; null where it has none, or crashes below
 * them. `spend` hears what each run took.
 */
export async function suspectOf(
  passes: Passes,
  frame: number,
  timeoutMs: number,
  spend: (result: RunResult) => RunResult,
): Promise<Suspect | null> {
  const ports = await portsOf(passes, frame, timeoutMs, spend);
  if (ports === null) return null;
  const names = await dissectorsOf(passes, ports, timeoutMs, spend);
  return names.length > 0
    ? {
        words: `the protocol ${names.join(' and ')}`,
        options: names.flatMap((name) => ['--disable-protocol', name]),
      }
    : {
        words: `whatever runs on ${ports.transport.toUpperCase()} port ${ports.numbers.join(' and ')}`,
        options: ports.numbers.flatMap((port) => ['-d', `${ports.transport}.port==${port},data`]),
      };
}

interface Ports {
  transport: 'tcp' | 'udp';
  numbers: number[];
}

async function portsOf(
  passes: Passes,
  frame: number,
  timeoutMs: number,
  spend: (result: RunResult) => RunResult,
): Promise<Ports | null> {
  const fields = PORT_FIELDS.flatMap((name) => ['-e', name]);
  const argv = ['tshark', '-n', '-r', CAPTURE_PATH, '-c', String(frame), ...PORTS_ONLY];
  let last = '';
  const result = await passes.ask(
    [...argv, '-T', 'fields', '-E', 'separator=/t', '-E', 'occurrence=f', ...fields],
    timeoutMs,
    (line) => {
      last = line;
    },
  );
  spend(result);
  const [number, tcpSource, tcpTarget, udpSource, udpTarget] = last.split('\t').map(Number);
  if (number !== frame) return null;
  const isTcp = (tcpSource ?? 0) > 0;
  const numbers = (isTcp ? [tcpSource, tcpTarget] : [udpSource, udpTarget]).filter(isPort);
  return numbers.length === 0
    ? null
    : { transport: isTcp ? 'tcp' : 'udp', numbers: [...new Set(numbers)].toSorted((a, b) => a - b) };
}

const isPort = (value: number | undefined): value is number =>
  value !== undefined && Number.isInteger(value) && value > 0 && value < 65_536;

/** Names of the protocols that tshark has registered for any of the ports. */
async function dissectorsOf(
  passes: Passes,
  { transport, numbers }: Ports,
  timeoutMs: number,
  spend: (result: RunResult) => RunResult,
): Promise<string[]> {
  const names = new Set<string>();
  const wanted = new Set(numbers.map((port) => `${transport}.port\t${port}`));
  const result = await passes.ask(['tshark', '-G', 'decodes'], timeoutMs, (line) => {
    const [table, port, name = ''] = line.split('\t');
    if (wanted.has(`${table}\t${port}`) && /^[\w.-]{1,60}$/.test(name)) names.add(name);
  });
  spend(result);
  return [...names];
}
