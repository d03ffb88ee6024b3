import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Finding } from '../../../src/domain/finding.ts';
import { createCheckEvidence, type EvidenceInput } from '../../../src/forensics/verify/check-evidence.ts';
import { inCut, type CutFrames } from '../../../src/forensics/verify/cut.ts';
import { generateScenario } from '../../../src/local-azure/traffic/scenario.ts';
import { findingOf } from '../../fakes/facts.ts';
import { createHostSession } from '../../fakes/host-session.ts';
import { createFakeSandbox, type Behaviour } from '../../fakes/sandbox.ts';
import { measureFile } from '../measure/tshark.ts';

const quiet = { signal: new AbortController().signal, onProgress: () => undefined };

function inputOf(findings: readonly Finding[], changes: Partial<EvidenceInput> = {}): EvidenceInput {
  return { findings, bytes: 1_000, packets: 10, partial: null, full: false, ...quiet, ...changes };
}

/** Checks one finding in a sandbox that does as told. */
async function checkedIn(behaviour: Behaviour, changes: Partial<EvidenceInput> = {}) {
  const session = await createFakeSandbox(behaviour).open({ capturePath: '/a.cap', signal: quiet.signal });
  const { findings, commands } = await createCheckEvidence()(session, inputOf([findingOf()], changes));
  return { finding: findings[0], commands };
}

describe('the check of findings with tshark', () => {
  let folder = '';
  let path = '';
  let sound: Finding;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-verify-'));
    path = join(folder, 'generated.pcap');
    const local = { address: '10.0.0.4' };
    writeFileSync(
      path,
      generateScenario({ seed: 3, startTime: 1_790_000_000, durationSeconds: 30, local }).pcap,
    );
    const [first] = (await measureFile(path)).findings;
    if (first === undefined) throw new Error('nothing found in a capture with planted faults');
    sound = first;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('confirms a sound finding, and tells a wrong filter, a wrong count and wrong frames', async () => {
    const last = Math.max(...sound.frames);
    const findings = [
      sound,
      { ...sound, filter: 'tcp.port == 1 && udp.port == 1' },
      { ...sound, filter: 'no.such.field == 1' },
      { ...sound, count: sound.count + 1, matching: sound.count + 1 },
      { ...sound, frames: [...sound.frames, 1_000_000] },
      { ...sound, frames: [last] },
      { ...sound, frames: [] },
    ];

    const input = inputOf(findings, { bytes: statSync(path).size });
    const checked = await createCheckEvidence()(createHostSession(path), input);

    const results = checked.findings.map(({ evidenceCheck }) => evidenceCheck.result);
    expect(results).toEqual(['confirmed', ...findings.slice(1).map(() => 'mismatch')]);
    expect(checked.findings[0]).toMatchObject({
      confidence: sound.confidence,
      evidenceCheck: { over: 'whole capture', matched: sound.count },
    });
    expect(checked.findings.slice(1).every(({ confidence }) => confidence === 'low')).toBe(true);
    expect(checked.commands).toMatchObject([{ step: 'verify', exitCode: 0 }]);
  });

  it('checks the frames cited in a cut of a large capture, whose frames have other numbers', async () => {
    const frames = framesOf(readFileSync(path));
    const kept = frames.map((_, index) => index + 1).filter((frame) => frame > 1);
    const cut: CutFrames = ({ frames: wanted }) =>
      Promise.resolve({
        chunks: (async function* pieces() {
          yield readFileSync(path).subarray(0, 24);
          for (const frame of kept) yield frames[frame - 1] ?? new Uint8Array();
        })(),
        frames: kept,
        complete: new Set(wanted),
      });
    const other = kept.find((frame) => !sound.frames.includes(frame) && frame > Math.max(...sound.frames));
    const findings = [
      sound,
      { ...sound, filter: `(${sound.filter}) && frame.number in {${sound.frames.join(', ')}}` },
      { ...sound, filter: `(${sound.filter}) && frame.number == ${other}` },
      { ...sound, filter: `(${sound.filter}) && tcp.stream == 1` },
    ];

    const input = { ...inputOf(findings, { bytes: 1e9 }), cut };
    const checked = await createCheckEvidence()(createHostSession(path), input);

    expect(
      checked.findings.map(({ evidenceCheck: { result, over, matched } }) => [result, over, matched]),
    ).toEqual([
      ['confirmed', 'cited frames', null],
      ['confirmed', 'cited frames', null],
      ['mismatch', 'cited frames', null],
      ['not checked', null, null],
    ]);
  });
});

describe('the check of findings, where something goes wrong', () => {
  it.each([
    [{ outcome: 'timeout' as const }, /longer than 15 s/],
    [{ outcome: 'crash' as const }, /crashed/],
    [{ outcome: 'out_of_memory' as const }, /memory/],
    [{ outcome: 'exit' as const, exitCode: 2 }, /no counts/],
  ])('leaves findings as they are, unchecked and with the reason: %o', async (result, reason) => {
    const { finding, commands } = await checkedIn(() => result);

    expect(finding).toMatchObject({ ...findingOf(), evidenceCheck: { result: 'not checked', over: null } });
    expect(finding?.evidenceCheck.note).toMatch(reason);
    expect(commands).toHaveLength(1);
  });

  it('starts nothing for a capture that was not read to its end, or that is too large to be read again unasked', async () => {
    const partial = await checkedIn(() => ({}), { partial: 'tshark crashed in frame 3' });
    const large = await checkedIn(() => ({}), { bytes: 1e9 });
    const asked = await checkedIn(() => ({}), { bytes: 1e9, full: true });

    expect([partial, large, asked].map(({ commands }) => commands.length)).toEqual([0, 0, 1]);
  });

  it('throws only that the caller has given up', async () => {
    const controller = new AbortController();
    const cancelled = checkedIn(
      () => {
        controller.abort();
        return { outcome: 'cancelled' };
      },
      { signal: controller.signal },
    );

    await expect(cancelled).rejects.toMatchObject({ code: 'CANCELLED' });
  });
});

describe('a filter over a cut', () => {
  it('names frames by their numbers in the cut, and leaves text in quotes alone', () => {
    const frames = [10, 20, 30];

    expect(inCut('tcp && frame.number == 20', frames)).toBe('tcp && frame.number==2');
    expect(inCut('frame.number in {30, 40} && frame.number >= 11', frames)).toBe(
      'frame.number in {3, 0} && frame.number>=2',
    );
    expect(inCut('frame.number <= 25', frames)).toBe('frame.number<=2');
    expect(inCut('http.host matches "frame.number == 20"', frames)).toBe(
      'http.host matches "frame.number == 20"',
    );
    expect(inCut('tcp.stream == 4', frames)).toBeNull();
    expect(inCut('frame.number % 2 == 0', frames)).toBeNull();
  });
});

/** The records of a little-endian pcap file, each with its header. */
function framesOf(file: Buffer): Uint8Array[] {
  const frames: Uint8Array[] = [];
  for (let at = 24; at < file.length;) {
    const end = at + 16 + file.readUInt32LE(at + 8);
    frames.push(file.subarray(at, end));
    at = end;
  }
  return frames;
}
