import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateScenario, type Scenario } from '../../../src/local-azure/traffic/scenario.ts';
import type { Measurement } from '../../../src/forensics/measure/measure.ts';
import { checkEvidence, measureFile } from './tshark.ts';

const LOCAL = '10.0.0.4';
/** Planted faults that the published detectors do not name as such: they are told within another finding. */
const TOLD_ELSEWHERE = new Set([
  'packet_loss',
  'tcp_fast_retransmission',
  'tcp_duplicate_ack',
  'tcp_window_full',
  'successful_login',
]);

const sum = (rows: readonly { packets: number }[]): number =>
  rows.reduce((total, row) => total + row.packets, 0);

describe('the measurement of a generated capture', () => {
  let folder = '';
  let path = '';
  let scenario: Scenario;
  let measured: Measurement;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-measure-'));
    path = join(folder, 'generated.pcap');
    scenario = generateScenario({
      seed: 11,
      startTime: 1_790_000_000,
      durationSeconds: 60,
      local: { address: LOCAL },
    });
    writeFileSync(path, scenario.pcap);
    measured = await measureFile(path);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds every main fault with its hosts, its count and its first frames', () => {
    for (const planted of scenario.planted.filter(({ main, kind }) => main && !TOLD_ELSEWHERE.has(kind))) {
      const hosts = [...planted.actor, ...planted.target];
      const finding = measured.findings.find(
        ({ kind, actor, target }) =>
          kind === planted.kind && [...actor, ...target].some((host) => hosts.includes(host)),
      );

      expect(finding, planted.what).toBeDefined();
      if (planted.count !== null) expect(finding?.count, planted.what).toBe(planted.count);
      expect(finding?.frames, planted.what).toEqual(planted.frames.slice(0, 20));
    }
  });

  it('finds nothing grave that was not planted', () => {
    const planted = new Set(scenario.planted.map(({ kind }) => kind));
    const grave = measured.findings.filter(({ severity }) => !['info', 'low'].includes(severity));

    expect(grave.filter(({ kind }) => !planted.has(kind))).toEqual([]);
  });

  it('gives filters that match exactly as many frames as the finding counts', async () => {
    const checked = await checkEvidence(path, measured.findings);

    expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
    for (const { finding, matched } of checked) expect(matched, finding.filter).toBe(finding.count);
  });

  it('counts packets, bytes and conversations as they are in the file', () => {
    const { capture, conversations, endpoints, protocols, tcp } = measured.facts;

    expect(capture.packets).toBe(scenario.packets);
    expect(capture.dataBytes).toBe(scenario.pcap.length - 24 - 16 * scenario.packets);
    expect(capture).toMatchObject({ linkTypes: ['ether'], damaged: null, snappedPackets: 0 });
    expect(sum(conversations)).toBe(scenario.packets);
    expect(sum(protocols)).toBe(scenario.packets);
    expect(sum(endpoints)).toBe(2 * scenario.packets);
    expect(conversations.some(({ a }) => a.includes(':'))).toBe(true);
    expect(tcp.connections).toBeGreaterThan(tcp.established);
    expect(measured.facts.notes).toEqual([]);
    expect(capture.quality?.verdict).toEqual([expect.stringMatching(/TCP frames are larger than Ethernet/)]);
  });

  it('logs every command that it ran, as a person could repeat it', () => {
    expect(measured.commands.map(({ command }) => command.split(' ')[0])).toEqual(['capinfos', 'tshark']);
    expect(measured.commands.every(({ command }) => !/\p{Cc}/u.test(command))).toBe(true);
  });

  it('says how far it is, never more than all', async () => {
    const long = join(folder, 'long.pcap');
    const header = scenario.pcap.subarray(0, 24);
    const records = scenario.pcap.subarray(24);
    writeFileSync(long, Buffer.concat([header, ...Array.from({ length: 13 }, () => records)]));
    const fractions: (number | null)[] = [];

    await measureFile(long, { onProgress: ({ fraction }) => fractions.push(fraction) });

    expect(fractions.length).toBeGreaterThan(0);
    expect(fractions.every((fraction) => fraction !== null && fraction > 0 && fraction <= 1)).toBe(true);
  });

  it('ends as cancelled when the caller gives up', async () => {
    const gone = AbortSignal.abort();

    await expect(measureFile(path, { signal: gone })).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});
