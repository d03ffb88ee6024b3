import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  CHAIN_START,
  chainLines,
  createChainCheck,
  hashOfLine,
  type AuditFlaw,
} from '../../src/domain/audit-chain.ts';

const sha256 = (text: string): string => hash('sha256', text, 'hex');

function entry(seq: number, session = 's'): Record<string, unknown> {
  return { task_id: 't', seq, session_id: session, parameters: { note: 'é "quoted" , {' }, problem: null };
}

const LINES = chainLines(
  [1, 2, 3, 4, 5].map((seq) => entry(seq)),
  CHAIN_START,
  sha256,
);

function firstFlaw(lines: readonly string[], session: string | null = null): AuditFlaw | null {
  const check = createChainCheck(sha256, session);
  return lines.map((line) => check(line).flaw).find((flaw) => flaw !== null) ?? null;
}

function permutations<T>(items: readonly T[]): T[][] {
  return items.length === 0
    ? [[]]
    : items.flatMap((item, index) =>
        permutations(items.toSpliced(index, 1)).map((others) => [item, ...others]),
      );
}

/** Every way to leave lines out, but for none and but for those only at the end. */
function removals(): { kept: string[]; first: number }[] {
  return Array.from({ length: 2 ** LINES.length }, (_, mask) => ({
    kept: LINES.filter((_line, index) => (mask & (1 << index)) !== 0),
    first: LINES.findIndex((_line, index) => (mask & (1 << index)) === 0),
  })).filter(({ kept, first }) => first !== -1 && kept.length > first);
}

describe('the hash chain of the audit', () => {
  it('begins with zeros, ends each line in its hash, and goes on from the last line', () => {
    const restarted = [
      ...LINES.slice(0, 2),
      ...chainLines(
        [3, 4, 5].map((seq) => entry(seq)),
        hashOfLine(LINES[1] ?? '', sha256),
        sha256,
      ),
    ];

    expect(LINES[0]).toContain(`"prev":"${'0'.repeat(64)}","hash":"`);
    expect(LINES[0]).toMatch(/^\{"task_id":"t","seq":1,/);
    expect(restarted).toEqual(LINES);
    expect(firstFlaw(LINES)).toBeNull();
  });

  it('can be checked by anybody: the hash is that of the line without its hash', () => {
    for (const line of LINES) {
      const { hash: seal, ...content } = JSON.parse(line);
      expect(sha256(JSON.stringify(content))).toBe(seal);
    }
  });

  it('names every line in which one character was changed, removed or added, wherever', () => {
    let edits = 0;
    LINES.forEach((line, index) => {
      for (let at = 0; at <= line.length; at += 1) {
        const rest = line.slice(at + 1);
        const other = line[at] === '0' ? '1' : '0';
        const edited = [line.slice(0, at) + other + rest, `${line.slice(0, at)} ${line.slice(at)}`];
        for (const text of at < line.length ? [...edited, line.slice(0, at) + rest] : edited) {
          expect(firstFlaw(LINES.with(index, text))?.line, text).toBe(index + 1);
          edits += 1;
        }
      }
    });

    expect(edits).toBeGreaterThan(3000);
  });

  it('names an edited line also where its own hash was made to fit: by the next line', () => {
    const forged = chainLines([{ ...entry(2), problem: 'none' }], hashOfLine(LINES[0] ?? '', sha256), sha256);

    expect(firstFlaw(LINES.with(1, forged[0] ?? ''))).toMatchObject({ line: 3, kind: 'out_of_place' });
  });

  it('names the place of every removal but that of the last lines', () => {
    expect(removals()).toHaveLength(26);
    for (const { kept, first } of removals()) {
      expect(firstFlaw(kept)).toMatchObject({ line: first + 1, kind: 'out_of_place' });
    }
  });

  it('names the first line out of place in every other order', () => {
    for (const order of permutations(LINES)) {
      const moved = order.findIndex((line, index) => line !== LINES[index]);
      expect(firstFlaw(order)?.line ?? 0).toBe(moved + 1);
    }
  });

  it.each([
    ['a line of its own, repeated', LINES[3] ?? ''],
    ['a line with a hash that fits', chainLines([entry(9)], CHAIN_START, sha256)[0] ?? ''],
    ['a line without hashes', JSON.stringify(entry(9))],
    ['an empty line', ''],
    ['something else', 'hello'],
    ['JSON that is no object', 'null'],
  ])('names what was inserted or what follows it: %s', (_what, inserted) => {
    for (let at = 0; at <= LINES.length; at += 1) {
      const flaw = firstFlaw(LINES.toSpliced(at, 0, inserted));
      const isRepeatInPlace = inserted === LINES[at];
      expect(flaw?.line).toBe(
        isRepeatInPlace || (at === 0 && firstFlaw([inserted]) === null) ? at + 2 : at + 1,
      );
    }
  });

  it('holds a whole file to its session', () => {
    const other = chainLines([entry(1, 'other')], CHAIN_START, sha256);
    const mixed = [...LINES, ...chainLines([entry(6, 'other')], hashOfLine(LINES[4] ?? '', sha256), sha256)];

    expect(firstFlaw(other)).toBeNull();
    expect(firstFlaw(other, 's')).toMatchObject({ line: 1, kind: 'other_session' });
    expect(firstFlaw(mixed)).toMatchObject({ line: 6, kind: 'other_session' });
  });
});
