import type { FlowQuery } from '../../domain/flow-query.ts';
import type { Isolation } from '../../domain/isolation.ts';
import type { CallContext, CaptureFiles, InspectedFile, Sandbox, SandboxSession } from '../../ports.ts';
import { cutPackets, type PacketCut } from './cut-packets.ts';
import { findPackets, type FoundPackets } from './find-packets.ts';
import { MOST_DECODED, showPackets, type Shape, type Shown } from './show-packets.ts';

export interface DrillDownInput {
  file: InspectedFile;
  query: FlowQuery;
  shape: Shape;
}

/** Some packets of a capture, told by tshark. All their content is what packets say: untrusted. */
export interface DrilledDown extends Shown {
  /** How many packets of the capture were asked for; `packets` may be the first of them only. */
  matched: number;
  isolation: Isolation;
}

/**
 * Shows single packets or one conversation of a capture of any size: our own reader finds them, and tshark in the sandbox
 * is given nothing but them. Throws SANDBOX_UNAVAILABLE, SANDBOX_FAILED, CANCELLED, and what reading the file throws.
 */
export type DrillDown = (input: DrillDownInput, call: CallContext) => Promise<DrilledDown>;

export interface DrillDownDeps {
  files: Pick<CaptureFiles, 'chunks' | 'places'>;
  sandbox: Pick<Sandbox, 'open'>;
  /** A capture without packets, to open a sandbox on. */
  emptyCapture: () => Promise<{ path: string; remove(): Promise<void> }>;
}

const MOST_PACKETS = 20_000;
const CUT_BYTES = 32 * 1024 * 1024;

export function createDrillDown({ files, sandbox, emptyCapture }: DrillDownDeps): DrillDown {
  return async ({ file, query, shape }, call) => {
    const empty = await emptyCapture();
    const given = new AbortController();
    const signal = AbortSignal.any([call.signal, given.signal]);
    // A sandbox takes as long to open as the packets to be found.
    const opening = sandbox.open({ capturePath: empty.path, signal });
    opening.catch(() => undefined);
    try {
      const { bytes } = file;
      const most = shape === 'decoded' ? MOST_DECODED : MOST_PACKETS;
      const onProgress = call.progress;
      const found = await findPackets(files.chunks(file, signal), query, { bytes, most, signal, onProgress });
      const read = (places: Parameters<CaptureFiles['places']>[1]) => files.places(file, places, signal);
      const cut = await cutPackets(read, found.index, found.frames, { maxBytes: CUT_BYTES });
      const session = await opening;
      const transport = query.kind === 'stream' ? query.transport : 'tcp';
      const shown = await showPackets(session, cut, { shape, transport, signal });
      const notes = [...notesOf(found, cut), ...shown.notes];
      return { ...shown, notes, matched: found.matched, isolation: session.isolation };
    } finally {
      given.abort();
      await opening.then(stop, () => undefined);
      await empty.remove();
    }
  };
}

/** The answer counts, not the farewell: what a failed stop leaves behind is found by its label later. */
const stop = (session: SandboxSession): Promise<void> => session.stop().catch(() => undefined);

function notesOf({ matched, shortfall }: FoundPackets, { frames }: PacketCut): string[] {
  const first = `These are the first ${frames.length} of ${matched} packets: ask for others by their frame numbers.`;
  return [...(frames.length < matched ? [first] : []), ...(shortfall === null ? [] : [shortfall])];
}
