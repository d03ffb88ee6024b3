import type { CaptureFacts } from '../../../domain/facts.ts';
import type { CaptureInterface, CaptureQuality } from '../../../domain/facts/capture.ts';
import type { Finding } from '../../../domain/finding.ts';
import type { InspectedFile } from '../../../ports.ts';
import { times } from '../draft.ts';
import { hasDuplicates, hasGaps, isOneSided } from '../recording.ts';
import type { Tables } from '../tables.ts';
import { isoTime, rounded } from './figures.ts';

/** A file whose hash is there by now. */
export type HashedFile = Pick<InspectedFile, 'bytes' | 'format' | 'packing'> & { sha256: string };

/** What the reading of the file adds to the tables. */
export interface ReadingOutcome {
  damaged: string | null;
  linkTypes: string[];
  /** As the file describes them; left out where nobody asked. */
  interfaces?: CaptureInterface[];
  application?: string | null;
  /** Findings of every detector; coverage is told where they are known. */
  findings?: readonly Pick<Finding, 'kind'>[];
  /** Whether our own reader was alone with the capture. */
  isWithoutTshark?: boolean;
  /** Where tshark was given a part of a large capture: why that was not all it could have read. */
  tsharkSawPart?: string | null;
  notes: string[];
}

/** What the file is, what it covers, and how far it can be trusted. */
export function captureIdentity(
  file: HashedFile,
  tables: Tables,
  { damaged, linkTypes, interfaces = [], application = null }: ReadingOutcome,
): CaptureFacts['capture'] {
  const { overview } = tables;
  const start = overview.firstAt ?? 0;
  return {
    sha256: file.sha256,
    bytes: file.bytes,
    format: file.packing === undefined ? file.format : `${file.format}, packed with ${file.packing}`,
    linkTypes: linkTypes.length > 0 ? linkTypes : [...overview.links],
    packets: overview.packets,
    dataBytes: overview.dataBytes,
    durationSeconds: rounded((overview.lastAt ?? start) - start),
    firstPacketAt: isoTime(overview.firstAt),
    lastPacketAt: isoTime(overview.lastAt),
    snappedPackets: overview.snapped,
    damaged,
    interfaces,
    application,
    quality: quality(tables, interfaces),
  };
}

function quality(tables: Tables, interfaces: readonly CaptureInterface[]): CaptureQuality {
  const { overview, tcp } = tables;
  const known = interfaces.flatMap(({ dropped }) => dropped ?? []);
  const found = {
    dropped: known.length === 0 ? null : known.reduce((total, dropped) => total + dropped, 0),
    backInTime: overview.backInTime,
    duplicateFrames: tables.quality.duplicates.count,
    duplicated: hasDuplicates(tables),
    oneSidedConnections: tcp.connections.filter(
      ({ fromClient, fromServer }) =>
        isOneSided(fromClient, fromServer) || isOneSided(fromServer, fromClient),
    ).length,
    gaps: tcp.gaps.count,
    gapped: hasGaps(tables),
    joinedMidway: tcp.connections.filter(({ syns, synAcks }) => syns.count === 0 && synAcks === 0).length,
    oversizedFrames: overview.oversized,
  };
  return { ...found, verdict: verdict(found, tables) };
}

/** What a reader has to keep in mind, in the order of how much it spoils. */
function verdict(
  {
    dropped,
    backInTime,
    duplicated,
    duplicateFrames,
    oneSidedConnections,
    gapped,
    ...rest
  }: Omit<CaptureQuality, 'verdict'>,
  { overview, tcp }: Tables,
): string[] {
  const said: [boolean, string][] = [
    [
      (dropped ?? 0) > 0,
      `The capturing machine says that it lost ${times(dropped ?? 0, 'packet')}: what is missing here may have been on the wire.`,
    ],
    [
      duplicated,
      `${times(duplicateFrames, 'TCP frame')} are recorded twice: retransmissions, duplicate acknowledgements and volumes are inflated.`,
    ],
    [
      oneSidedConnections > 0,
      `Of ${times(oneSidedConnections, 'TCP connection')} only one direction was recorded: nothing can be said about their losses and delays.`,
    ],
    [
      gapped,
      `The recording lacks TCP segments in ${times(rest.gaps, 'place')} that their receivers did get: what was lost there, the capture lost.`,
    ],
    [
      overview.snapped > 0,
      `${overview.snapped} of ${overview.packets} packets are recorded only in part: what lies behind the cut was not seen.`,
    ],
    [
      rest.oversizedFrames > 0,
      `${times(rest.oversizedFrames, 'TCP frame')} are larger than Ethernet carries, so the network card cuts or joins segments (offload): sizes and counts of segments are those of the host.`,
    ],
    [
      backInTime > 0,
      `${times(backInTime, 'packet')} lie before the packet in front of them in time: orders and delays of such packets are doubtful.`,
    ],
    [
      rest.joinedMidway > 0,
      `${rest.joinedMidway} of ${times(tcp.connections.length, 'TCP connection')} had begun before the capture: who opened them is guessed by port, and their windows are not scaled.`,
    ],
  ];
  return said.filter(([holds]) => holds).map(([, sentence]) => sentence);
}
