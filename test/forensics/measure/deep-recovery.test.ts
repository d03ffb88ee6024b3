import { describe, expect, it } from 'vitest';
import { createDeepLane } from '../../../src/forensics/measure/large/deep-lane.ts';
import type { RunCommand, RunResult, SandboxSession } from '../../../src/ports.ts';
import { createHostSession, hostTshark } from '../../fakes/host-session.ts';
import { capture, type Conversation } from './conversations.ts';
import { offerCapture } from './offer-capture.ts';

/*
 * No capture is at hand that crashes a current tshark, so the crash is played: the lines of the real one end in front of
 * the first packet with the protocol at fault, and what it had not yet written is lost unless it writes line by line.
 */
const DIES = String.raw`lost=1000; for option in "$@"; do [ "$option" = -l ] && lost=0; done
tshark "$@" | awk -F'\t' -v lost=$lost -v bad="$BAD" 'index($5 ":", ":" bad ":") { dead = 1; exit 139 } { line[NR] = $0; if (NR > lost) print line[NR - lost]; delete line[NR - lost] } END { if (dead) exit 139; for (i = NR - lost + 1; i <= NR; i += 1) if (i > 0 && i in line) print line[i] }'`;

const host = createHostSession('');

function diesOf(protocol: string, outcome: RunResult['outcome'] = 'crash', always = false): SandboxSession {
  return {
    ...host,
    run: async (command: RunCommand) => {
      const [, ...args] = command.argv;
      if (outcome === 'out_of_memory' && !always && args.includes('tcp.desegment_tcp_streams:FALSE'))
        return host.run(command);
      const script = `BAD=${protocol}; ${DIES}`;
      const result = await host.run({
        ...command,
        argv: ['bash', '-o', 'pipefail', '-c', script, 'tshark', ...args],
      });
      return result.exitCode === 0 ? result : { ...result, exitCode: 139, outcome };
    },
  };
}

const talk = (server: string, port: number, says: readonly string[]): Conversation => ({
  client: '192.0.2.1',
  server,
  port,
  over: 'udp',
  says: says.map((bytes) => ({ from: 'client', bytes })),
});
const sip = (method: string): string => `${method} sip:bob@192.0.2.9 SIP/2.0\r\nCSeq: 1 ${method}\r\n\r\n`;
const syslog = '<13>Nov 23 01:00:00 host program: text';

const FILE = capture([
  talk('192.0.2.9', 5060, [sip('REGISTER'), sip('OPTIONS')]),
  talk('192.0.2.8', 514, [syslog, syslog]),
  talk('192.0.2.9', 5060, [sip('INVITE')]),
  talk('192.0.2.8', 514, [syslog]),
  talk('192.0.2.9', 5060, [sip('BYE')]),
]);

async function read(session: SandboxSession) {
  const heard: string[] = [];
  const lane = createDeepLane({
    session,
    signal: new AbortController().signal,
    fileBytes: FILE.length,
    progress: () => 1,
    onPacket: ({ frame, layers }) => void heard.push(`${frame} ${layers.at(-1)}`),
  });
  offerCapture(FILE, lane);
  return { heard, reading: await lane.finish() };
}

describe.runIf(hostTshark() !== null)('where tshark dies of a packet', () => {
  it('nothing is missing but what runs on the ports at fault, and nothing is told twice', async () => {
    const { heard, reading } = await read(diesOf('syslog'));

    expect(heard).toEqual(['1 sip', '2 sip', '5 sip', '7 sip']);
    expect(reading.partial).toMatch(
      /^Dissector crash: tshark crashed in frame 3[.].*without udp 514, so nothing inside/,
    );
    expect(reading.commands.map(({ outcome }) => outcome)).toEqual(['crash', 'crash', 'exit']);
    expect(reading.coverage).toMatchObject({ read: 4, taken: 7 });
    expect(reading.isWhole('udp', 0)).toBe(false);
  });

  it('it is asked again without the next protocol where it dies again, and given up in the end', async () => {
    const { heard, reading } = await read(diesOf('udp'));

    expect(heard).toEqual([]);
    expect(reading.partial).toMatch(
      /crashed in frame 1, then in frame 3; what of the rest|without udp 5060 and udp 514/,
    );
    expect(reading.commands.length).toBeLessThanOrEqual(5);
  });

  it('that it did so once and not again is told', async () => {
    let runs = 0;
    const session: SandboxSession = {
      ...host,
      run: (command) => {
        runs += 1;
        return runs === 1 ? diesOf('syslog').run(command) : host.run(command);
      },
    };

    const { heard, reading } = await read(session);

    expect(heard).toHaveLength(7);
    expect(reading.partial).toBeNull();
    expect(reading.notes.join(' ')).toContain('may be made to attack tshark');
  });

  it('a lack of memory costs what is put together of segments', async () => {
    const { heard, reading } = await read(diesOf('syslog', 'out_of_memory'));

    expect(heard).toHaveLength(7);
    expect(reading.partial).toMatch(/too little memory in the sandbox .*did not put TCP segments together/);
    expect(reading.commands.map(({ outcome }) => outcome)).toEqual(['out_of_memory', 'exit']);
  });

  it('a lack of memory without that is told with how far it came', async () => {
    const { reading } = await read(diesOf('syslog', 'out_of_memory', true));

    expect(reading.partial).toMatch(/it covers \d of the 7 packets that it was given/);
  });

  it('an early end is told', async () => {
    const session: SandboxSession = {
      ...host,
      run: (command) =>
        host.run({ ...command, argv: ['bash', '-c', 'tshark "$@" | head -n 2; exit 2', ...command.argv] }),
    };

    const { heard, reading } = await read(session);

    expect(heard).toHaveLength(2);
    expect(reading.partial).toMatch(/ended early [(]exit code 2[)]: it covers 2 of the 7 packets/);
  });
});
