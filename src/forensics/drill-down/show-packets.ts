import { createMask } from '../../domain/known-secrets.ts';
import { maskSecrets } from '../../domain/secrets.ts';
import { bound, stripControls, stripControlsDeep } from '../../domain/untrusted.ts';
import type { RunResult, SandboxSession } from '../../ports.ts';
import { createLineReader } from '../measure/lines.ts';
import { mustGoOn } from '../measure/reading.ts';
import { findSecrets } from '../spoken-secrets.ts';
import type { PacketCut } from './cut-packets.ts';
import { createKeyMask, hideTyped } from './hide-secrets.ts';

/** How packets are shown: a line for each, all that tshark decodes of each, or what the two sides said. */
export type Shape = 'summary' | 'decoded' | 'followed';

/** One packet as tshark tells it: nothing of it is ours but the frame's number, and no terminal obeys it. */
export interface ShownPacket {
  frame: number;
  /** A line, or what is decoded by layer. */
  content: string | Record<string, unknown>;
}

export interface Shown {
  packets: ShownPacket[];
  /** What the two sides of the conversation said; null for the other shapes. */
  followed: string | null;
  /** What is missing, and why. */
  notes: string[];
}

const TIMEOUT_MS = 60_000;
const SUMMARY_BYTES = 16 * 1024 * 1024;
const DECODED_BYTES = 32 * 1024 * 1024;
const FOLLOWED_BYTES = 256 * 1024;
const LINE_CHARACTERS = 600;
/** tshark tells some 10 KB of each. */
export const MOST_DECODED = 500;

/** Shows packets that were cut out by the tshark of a sandbox. Throws CANCELLED, and SANDBOX_FAILED where that went away. */
export async function showPackets(
  session: SandboxSession,
  cut: PacketCut,
  { shape, transport, signal }: { shape: Shape; transport: 'tcp' | 'udp'; signal: AbortSignal },
): Promise<Shown> {
  const ask = async (further: readonly string[], maxOutputBytes: number, onStdout?: OnStdout) => {
    const argv = ['tshark', '-n', '-r', '-', ...further];
    const limits = { timeoutMs: TIMEOUT_MS, maxOutputBytes, signal };
    const result = await session.run({ argv, stdin: cut.bytes, ...limits, ...(onStdout && { onStdout }) });
    mustGoOn(result, signal);
    return result;
  };
  const secrets = await findSecrets(session, { bytes: cut.bytes.length, signal, packets: cut.bytes });
  const hide = createMask(secrets);
  switch (shape) {
    case 'summary':
      return summarized(cut, hide, (onStdout) => ask(['-t', 'ud'], SUMMARY_BYTES, onStdout));
    case 'decoded':
      return decoded(
        cut,
        hide,
        await ask(['-c', String(MOST_DECODED), '-T', 'json', '--no-duplicate-keys'], DECODED_BYTES),
      );
    case 'followed': {
      const result = await ask(['-q', '-z', `follow,${transport},ascii,0`], FOLLOWED_BYTES);
      const note = result.truncated ? [`Only the first ${FOLLOWED_BYTES} bytes are shown.`] : [];
      return {
        packets: [],
        followed: hide(harmless(hideTyped(result.stdout))),
        notes: [...note, ...troubleOf(result)],
      };
    }
  }
}

type Mask = (text: string) => string;
type OnStdout = (chunk: Uint8Array) => void;

/** What packets say: without controls, and with what looks like a secret masked. */
const harmless = (text: string): string => maskSecrets(stripControls(text));

/** tshark numbers the packets of the cut; everybody else calls them by their number in the capture. */
async function summarized(
  { frames }: PacketCut,
  hide: Mask,
  ask: (onStdout: OnStdout) => Promise<RunResult>,
): Promise<Shown> {
  const packets: ShownPacket[] = [];
  const lines = createLineReader((line) => {
    const [, number = '', rest = ''] = /^ *(\d+) (.*)$/.exec(line) ?? [];
    const frame = frames[Number(number) - 1];
    if (frame !== undefined) packets.push({ frame, content: bound(hide(harmless(rest)), LINE_CHARACTERS) });
  });
  const result = await ask((chunk) => lines.push(chunk));
  lines.end();
  return { packets, followed: null, notes: troubleOf(result) };
}

function decoded({ frames }: PacketCut, hide: Mask, result: RunResult): Shown {
  const parsed = result.truncated ? null : parsedOf(result.stdout);
  if (parsed === null) {
    const why = 'tshark told more of these packets than can be kept, or no JSON: ask for fewer of them.';
    return { packets: [], followed: null, notes: [why, ...troubleOf(result)] };
  }
  const packets = parsed.flatMap((packet, index): ShownPacket[] => {
    const frame = frames[index];
    return frame === undefined ? [] : [{ frame, content: layersOf(packet, hide) }];
  });
  const more = frames.length - packets.length;
  const notes = more === 0 ? [] : [`${more} more packets are not decoded: ask for fewer at a time.`];
  return { packets, followed: null, notes: [...notes, ...troubleOf(result)] };
}

function parsedOf(stdout: string): unknown[] | null {
  try {
    const parsed: unknown = JSON.parse(stdout);
    return Array.isArray(parsed) ? parsed : null;
  } catch {
    return null;
  }
}

/** The layers of one packet, without the frame's own, whose number is that in the cut. */
function layersOf(packet: unknown, hide: Mask): Record<string, unknown> {
  const layers = field(field(packet, '_source'), 'layers');
  const told: unknown = maskedDeep(stripControlsDeep(layers), createKeyMask(hide));
  if (!isRecord(told)) return {};
  const { frame, ...rest } = told;
  return isRecord(frame) ? { frame: withoutNumber(frame), ...rest } : rest;
}

function withoutNumber(frame: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(frame).filter(([name]) => name !== 'frame.number'));
}

function maskedDeep(value: unknown, mask: Mask): unknown {
  if (typeof value === 'string') return mask(value);
  if (Array.isArray(value)) return value.map((item) => maskedDeep(item, mask));
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskedDeep(item, mask)]))
    : value;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const field = (value: unknown, name: string): unknown => (isRecord(value) ? value[name] : undefined);

/** Why tshark did not come to its end, in our words. */
function troubleOf({ outcome, exitCode }: RunResult): string[] {
  if (outcome === 'exit') {
    return exitCode === 0 ? [] : ['tshark could not read these packets to their end.'];
  }
  if (outcome === 'timeout') return ['tshark took too long: what it told by then is shown.'];
  if (outcome === 'crash') return ['tshark crashed on these packets: what it told before is shown.'];
  return outcome === 'output_overflow' ? ['tshark told more than is kept: the first of it is shown.'] : [];
}
