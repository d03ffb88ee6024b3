import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CaptureFacts } from '../../../src/domain/facts.ts';
import { createMeasure } from '../../../src/forensics/measure/measure.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import type { RunCommand, SandboxSession } from '../../../src/ports.ts';
import { createHostSession } from '../../fakes/host-session.ts';

/*
 * No capture is at hand that crashes a current tshark. So the crash is played: the rows of the real tshark end in
 * front of the first packet that its HTTP dissector has touched, and the run counts as one that died of SIGSEGV.
 * Everything else is real: the search for the frame, its ports, the table of protocols and the pass without one.
 */
const FIRST_HTTP = String.raw`tshark "$@" | awk -F'\t' 'index($5 ":", ":http:") { dead = 1; exit 139 } { print } END { exit dead ? 139 : 0 }'`;

function diesOfHttp(session: SandboxSession): SandboxSession {
  return {
    ...session,
    run: async (command: RunCommand) => {
      const [program, ...args] = command.argv;
      if (program !== 'tshark' || !args.includes('frame.protocols')) return session.run(command);
      const argv = ['bash', '-o', 'pipefail', '-c', FIRST_HTTP, 'tshark', ...args];
      const result = await session.run({ ...command, argv });
      return result.exitCode === 0 ? result : { ...result, exitCode: 139, outcome: 'crash' };
    },
  };
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'capwright-crash-test-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Endpoint = CaptureFacts['endpoints'][number];

/** A host without what HTTP told of it. */
const withoutHttp = (endpoint: Endpoint): Endpoint => ({
  ...endpoint,
  names: endpoint.names.filter(({ source }) => source !== 'http'),
});

it('a crash of the HTTP dissector costs HTTP and nothing else', async () => {
  const path = join(folder, 'a.cap');
  const { pcap } = generateScenario({
    seed: 7,
    startTime: 1_767_225_600,
    durationSeconds: 5,
    local: { address: '10.0.0.4' },
  });
  writeFileSync(path, pcap);
  const file = {
    path,
    bytes: pcap.length,
    sha256: () => Promise.resolve('ab'.repeat(32)),
    format: 'pcap',
  } as const;
  const input = { file, signal: new AbortController().signal, onProgress: () => undefined };
  const host = createHostSession(path);
  const whole = await createMeasure()(host, input);

  const crashed = await createMeasure()(diesOfHttp(host), input);

  expect(whole.partial).toBeNull();
  expect(whole.facts.protocols.map(({ protocol }) => protocol).join(' ')).toContain(':http');
  expect(crashed.partial).toMatch(/tshark crashed in frame \d+\..*the protocol http switched off/);
  expect(crashed.facts.protocols.map(({ protocol }) => protocol).join(' ')).not.toContain(':http');
  expect(crashed.facts.capture.packets).toBe(whole.facts.capture.packets);
  expect(crashed.facts.endpoints).toEqual(whole.facts.endpoints.map(withoutHttp));
  expect(crashed.commands.map(({ outcome }) => outcome)).toEqual([
    'exit',
    'crash',
    'crash',
    'exit',
    'exit',
    'exit',
  ]);
});
