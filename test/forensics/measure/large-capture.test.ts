import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCapture } from '../../../scripts/generate-capture/generate.ts';
import type { Measurement } from '../../../src/forensics/measure/measure.ts';
import { bothLanes, differencesOf } from './two-lanes.ts';

const BYTES = 3_000_000;

/**
 * tshark's dissector of VNC begins another conversation at the client's first words, so that a reset of it is one of a
 * connection of which nobody saw the beginning.
 */
const VNC = /tcp_reset medium 1 times/;

const countsOf = ({ facts }: Measurement) => ({
  connections: facts.tcp.connections,
  outcomes: facts.tcp.outcomes,
});

describe.each(['mixed', 'hostile'] as const)('a large capture of %s traffic', (mix) => {
  let folder = '';
  let whole: Measurement;
  let large: Measurement;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-large-'));
    const path = join(folder, 'made.pcap');
    writeFileSync(path, Buffer.concat([...generateCapture({ bytes: BYTES, seed: 11, mix })]));
    ({ whole, large } = await bothLanes(path));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the findings of tshark over every packet, count by count and frame by frame', () => {
    expect(whole.findings.length).toBeGreaterThan(10);
    expect(differencesOf(whole, large).filter((difference) => !VNC.test(difference))).toEqual([]);
  });

  it('counts what tshark counts', () => {
    const { conversations, endpoints, dns } = large.facts;
    expect({ conversations, endpoints, dns }).toEqual({
      conversations: whole.facts.conversations,
      endpoints: whole.facts.endpoints,
      dns: whole.facts.dns,
    });
    const { connections, outcomes, ...tcp } = large.facts.tcp;
    expect(whole.facts.tcp).toMatchObject(tcp);
    // Once for every VNC connection tshark begins a second one in its middle: see VNC.
    if (mix === 'mixed') expect({ connections, outcomes }).toEqual(countsOf(whole));
    else expect(whole.facts.tcp.connections - connections).toBeLessThan(5);
  });

  it('knows where every packet stands, and says which reader read what', () => {
    expect(large.index?.packets()).toBe(whole.facts.capture.packets);
    expect(large.facts.notes.join(' ')).toContain('built-in reader');
    expect(whole.facts.notes.join(' ')).not.toContain('built-in reader');
  });
});
