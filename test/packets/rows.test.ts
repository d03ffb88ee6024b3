import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { FieldName } from '../../src/forensics/measure/fields.ts';
import { generateScenario } from '../../src/local-azure/traffic/scenario.ts';
import { compare, ownRows, tsharkRows, type Agreement } from './rows.ts';

it('says on generated traffic what tshark says, packet by packet', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-rows-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'generated.pcap');
  const options = { seed: 21, startTime: 1_790_000_000, durationSeconds: 60, local: { address: '10.0.0.4' } };
  writeFileSync(path, generateScenario(options).pcap);
  const [ours, theirs] = [ownRows(path), await tsharkRows(path)];
  const agreement = new Map<FieldName, Agreement>();

  compare(ours, theirs, agreement);

  expect(ours.length).toBe(theirs.length);
  // The handshake's duration is repeated on every later packet, tshark leaves some out.
  const repeated = agreement.get('tcp.analysis.initial_rtt');
  expect(repeated).toMatchObject({ missing: 0, differ: 0 });
  agreement.delete('tcp.analysis.initial_rtt');
  // tshark looks into what ICMP errors quote: nothing that is measured depends on it.
  const quoted = [
    'udp.stream',
    'udp.srcport',
    'udp.dstport',
    'udp.length',
    'udp.checksum',
    'data.len',
    // What no protocol claims is data to it as well, which we only say of pings.
    'data.data',
  ] as const;
  for (const field of quoted) {
    expect(agreement.get(field)).toMatchObject({ extra: 0, differ: 0 });
    agreement.delete(field);
  }
  expect(agreement.size).toBeGreaterThan(25);
  expect([...agreement].filter(([, { missing, extra, differ }]) => missing + extra + differ > 0)).toEqual([]);
});
