import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { asChunks } from '../../fakes/chunks.ts';
import { measureWithoutTools } from '../../../src/forensics/measure/own-reader.ts';
import { checkEvidence, measureFile } from './tshark.ts';
import { pcapOf, type WirePacket } from './wire.ts';

/** Kind, severity and count; a count of null is any. */
export type Expected = [string, string, number | null];

/**
 * Expects that tshark's pass over these packets finds this, that tshark confirms the evidence of everything found, with as
 * many matches as counted where `exact`, and that our own reader finds no kind that tshark's pass does not find.
 */
export async function expectFound(
  packets: readonly WirePacket[],
  [kind, severity, count]: Expected,
  exact: boolean,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-wire-'));
  try {
    const path = join(folder, 'made.pcap');
    const data = pcapOf(packets);
    writeFileSync(path, data);

    const { findings } = await measureFile(path);
    const own = await measureOwn(data);

    const finding = findings.find((candidate) => candidate.kind === kind);
    expect(finding).toMatchObject({ kind, severity });
    if (count !== null) expect(finding?.count).toBe(count);
    const checked = await checkEvidence(path, findings);
    expect(checked.flatMap(({ faults }) => faults)).toEqual([]);
    if (exact) expect(checked.find((one) => one.finding === finding)?.matched).toBe(count);
    const kinds = new Set(findings.map((one) => one.kind));
    expect(own.map((one) => one.kind).filter((one) => !kinds.has(one))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The kinds above info that tshark's pass and our own reader find in these packets. */
export async function kindsFound(packets: readonly WirePacket[]): Promise<string[]> {
  return (await allFound(packets)).filter(({ severity }) => severity !== 'info').map(({ kind }) => kind);
}

/** The kinds and titles above low that tshark's pass and our own reader find in these packets. */
export async function gravelyFound(packets: readonly WirePacket[]): Promise<string[]> {
  const grave = (await allFound(packets)).filter(({ severity }) => severity !== 'info' && severity !== 'low');
  return grave.map(({ kind, title }) => `${kind}: ${title}`);
}

async function allFound(packets: readonly WirePacket[]): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'capwright-wire-'));
  try {
    const path = join(folder, 'made.pcap');
    const data = pcapOf(packets);
    writeFileSync(path, data);
    return [...(await measureFile(path)).findings, ...(await measureOwn(data))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measureOwn(data: Buffer): Promise<Finding[]> {
  const sha256 = createHash('sha256').update(data).digest('hex');
  const file = {
    path: '/capture.pcap',
    bytes: data.length,
    sha256: () => Promise.resolve(sha256),
    format: 'pcap' as const,
  };
  const { signal } = new AbortController();
  const { findings } = await measureWithoutTools(asChunks([data]), {
    file,
    signal,
    onProgress: () => undefined,
  });
  return findings;
}
