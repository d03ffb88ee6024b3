import { conversationNumber, createCaptureIndex } from '../../../packets/index/capture-index.ts';
import { linkTypeName } from '../../../packets/protocols.ts';
import type { CaptureChunks, SandboxSession } from '../../../ports.ts';
import { detectAll } from '../detectors.ts';
import { toFacts } from '../facts.ts';
import { withTimes } from '../finding-times.ts';
import type { Measurement, MeasureInput } from '../measure.ts';
import { storyOf } from '../survey-file.ts';
import { createTables } from '../tables.ts';
import { createDeepLane } from './deep-lane.ts';
import type { DeepReading } from './deep-offer.ts';
import { damageIn, limitsOf, readFile } from './read-file.ts';

/**
 * Measures a large capture in one pass of our own reader, and beside it one tshark in the sandbox that is given what only
 * tshark understands. null where our own reader cannot read the file at all: then tshark must read all of it. Throws
 * CANCELLED, what a lost sandbox throws, and what reading the pieces throws.
 */
export async function measureLarge(
  session: SandboxSession,
  chunks: CaptureChunks,
  input: MeasureInput,
): Promise<Measurement | null> {
  const { file, signal } = input;
  const tables = createTables({ hasTshark: true });
  const index = createCaptureIndex();
  const deep = createDeepLane({
    session,
    signal,
    fileBytes: file.bytes,
    progress: () => (file.bytes === 0 ? null : chunks.bytesRead() / file.bytes),
    onPacket: (packet) => tables.addDissected(packet),
  });
  const reading = await readFile(chunks, input, (packet, shows, sight) => {
    tables.addOwn(packet, shows);
    const { transport } = packet;
    index.add(sight.header, transport === null ? -1 : conversationNumber(transport.kind, transport.stream));
    if (!sight.isSealed) deep.offer(sight);
  });
  const { lane, end, spent, shortfall } = reading;
  input.onProgress({ fraction: 1, message: 'Waiting for tshark.' });
  const dissected = await deep.finish();
  for (const totals of lane.conversations()) tables.addConversation(totals);
  const finished = tables.finish();
  const { packets } = finished.overview;
  if (packets === 0 && (end.damage === 'not a capture' || end.damage === 'unsupported variant')) return null;

  const detected = detectAll(finished);
  const cuts = [spent, dissected.partial].filter((cut) => cut !== null);
  const facts = toFacts({ ...file, sha256: await file.sha256() }, finished, {
    damaged: damageIn(reading, packets),
    linkTypes: end.linkTypes.map(linkTypeName),
    findings: detected.findings,
    tsharkSawPart: partOf(dissected),
    ...storyOf(end),
    notes: [
      ...cuts,
      HOW,
      ...dissected.notes,
      ...(shortfall === null ? [] : [shortfall]),
      ...limitsOf(reading),
      ...detected.notes,
    ],
  });
  return {
    facts,
    findings: withTimes(detected.findings, (frame) => index.timeOf(frame)),
    commands: [...dissected.commands],
    partial: cuts.length === 0 ? null : cuts.join(' '),
    index,
  };
}

/** What was left out because it says nothing (the middle of transfers) is no limit; what the budget kept back is one. */
function partOf({ coverage, partial }: DeepReading): string | null {
  if (partial !== null) return 'tshark did not come to the end of what it was given';
  return coverage.isBudgetSpent
    ? `tshark read ${coverage.taken} of the ${coverage.offered} packets that only it understands`
    : null;
}

/** Which numbers are whose. */
const HOW =
  'This capture is large: every packet was read once by the built-in reader, which counts conversations, judges TCP and ' +
  'reads DNS, TLS, HTTP, DHCP, FTP, mail and Telnet; tshark looked at what only tshark understands.';
