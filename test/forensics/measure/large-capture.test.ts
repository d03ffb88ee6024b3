import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCapture } from '../../../scripts/generate-capture/generate.ts';
import type { Truth } from '../../../scripts/generate-capture/truth.ts';
import type { Measurement } from '../../../src/forensics/measure/measure.ts';
import { bothLanes, differencesOf } from './two-lanes.ts';

const BYTES = 3_000_000;

/**
 * tshark's dissector of VNC begins another conversation at the client's first words, so that it tells of no reset in one:
 * the beginning is in another. The office of the mixed traffic has no VNC.
 */
const VNC = /^only in one pass: tcp_reset /;

describe.each(['mixed', 'hostile'] as const)('a large capture of %s traffic', (mix) => {
  let folder = '';
  let whole: Measurement;
  let large: Measurement;
  let truth: Truth;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-large-'));
    const path = join(folder, 'made.pcap');
    const pieces: Uint8Array[] = [];
    const capture = generateCapture({ bytes: BYTES, seed: 11, mix });
    let piece = capture.next();
    for (; piece.done !== true; piece = capture.next()) pieces.push(piece.value.slice());
    truth = piece.value;
    writeFileSync(path, Buffer.concat(pieces));
    ({ whole, large } = await bothLanes(path));
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('gives the findings of tshark over every packet, count by count and frame by frame', () => {
    expect(whole.findings.length).toBeGreaterThan(10);
    const differences = differencesOf(whole, large);
    expect(mix === 'mixed' ? differences : differences.filter((difference) => !VNC.test(difference))).toEqual(
      [],
    );
  });

  it('counts what tshark counts', () => {
    const { conversations, endpoints, dns, rates } = large.facts;
    expect({ conversations, endpoints, dns, rates }).toEqual({
      conversations: whole.facts.conversations,
      endpoints: whole.facts.endpoints,
      dns: whole.facts.dns,
      rates: whole.facts.rates,
    });
    const { connections, outcomes, ...tcp } = large.facts.tcp;
    expect(whole.facts.tcp).toMatchObject(tcp);
    if (mix === 'mixed') expect(whole.facts.tcp).toMatchObject({ connections, outcomes });
    expect(connections).toBe(truth.tcpConversations);
  });

  it('knows where every packet stands, and says which reader read what', () => {
    expect(large.index?.packets()).toBe(whole.facts.capture.packets);
    expect(large.facts.notes.join(' ')).toContain('built-in reader');
    expect(whole.facts.notes.join(' ')).not.toContain('built-in reader');
  });
});
