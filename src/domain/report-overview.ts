import type { CaptureFacts } from './facts.ts';
import type { Latency } from './facts/measures.ts';
import { usageText } from './model-usage.ts';
import { PRIVACY_WORDS } from './privacy/privacy.ts';
import type { ReportInput } from './report-input.ts';
import { partsTable, seconds, share, size } from './report-tables.ts';
import { codeSpan, inlineText, table } from './untrusted.ts';

const MAX_INTERFACES = 8;

/** What was captured, how complete it is, and what health figures were measured. */
export function captureOverview(input: ReportInput): string {
  const { facts, parts, sandbox, lacks, tsharkVersion } = input;
  const { capture, tcp, dns } = facts;
  const rows = [
    ['SHA-256', codeSpan(capture.sha256)],
    ['File', `${capture.format}, ${size(capture.bytes)}`],
    ...(capture.application === null ? [] : [['Written by', inlineText(capture.application, 120)]]),
    ['Link type', inlineText(capture.linkTypes.join(', '))],
    ...capture.interfaces.slice(0, MAX_INTERFACES).map(interfaceRow),
    ['Packets', `${capture.packets}, ${size(capture.dataBytes)} on the wire`],
    ['First packet', capture.firstPacketAt ?? '–'],
    ['Last packet', capture.lastPacketAt ?? '–'],
    ['Duration', seconds(capture.durationSeconds)],
    ['Cut short by snap length', `${capture.snappedPackets} packets`],
    ['Damage', capture.damaged === null ? 'none seen' : inlineText(capture.damaged)],
    ['Quality', quality(capture.quality)],
    ...rateRow(facts.rates),
    ['TCP', tcpLine(tcp)],
    ...outcomeRow(tcp.outcomes),
    ...timeRow(tcp.times),
    ...sizeRow(facts.sizes),
    ['DNS', dnsLine(dns)],
    ['Read with', `${inlineText(tsharkVersion)}; ${inlineText(sandbox)}`],
    ...modelRows(input),
    ['That isolation lacks', lacks.length === 0 ? 'nothing known' : inlineText(lacks.join(' '), 1_000)],
  ];
  const notes = facts.notes.map((note) => `- ${inlineText(note, 500)}`);
  const files = parts.length === 0 ? [] : ['', COMBINED, '', partsTable(parts)];
  return [table(['Property', 'Value'], rows), ...(notes.length > 0 ? ['', ...notes] : []), ...files].join(
    '\n',
  );
}

/** What a model took and was told; nothing where none was asked. */
function modelRows({ usage, privacy }: ReportInput): string[][] {
  if (usage.calls === 0) return [];
  return [
    ['Language model', usageText(usage)],
    ['Sent to it', PRIVACY_WORDS[privacy]],
  ];
}

/** Why the hash above is not that of any delivered file, and which are the originals. */
const COMBINED =
  'The file above was put together from these, whole records only and in this order; they stay as they were delivered, and their hashes are the chain of custody. Frame numbers count through the file above.';

type Capture = CaptureFacts['capture'];

function interfaceRow(
  {
    name,
    description,
    linkType,
    snapLength,
    filter,
    operatingSystem,
    dropped,
  }: Capture['interfaces'][number],
  index: number,
): string[] {
  const said = [
    name ?? description ?? 'without a name',
    linkType,
    snapLength === null ? 'no snap length' : `snap length ${snapLength}`,
    ...(filter === null ? [] : [`capture filter "${filter}"`]),
    ...(operatingSystem === null ? [] : [operatingSystem]),
    dropped === null ? 'drops not recorded' : `${dropped} packets dropped`,
  ];
  return [`Interface ${index}`, inlineText(said.join('; '), 400)];
}

/** What spoils the recording; without a verdict the silence must not pass for a good recording. */
export function quality(found: Capture['quality']): string {
  if (found === null) return 'not judged';
  if (found.verdict.length > 0) return inlineText(found.verdict.join(' '), 2_000);
  const drops =
    found.dropped === null ? 'whether the capturing side lost packets is not recorded' : 'no drops';
  return `nothing wrong seen: in order of time, no frame twice, both directions, no gaps; ${drops}`;
}

const LEVELS = '▁▂▃▄▅▆▇█';

function rateRow(rates: CaptureFacts['rates']): string[][] {
  if (rates === null || rates.bytes.length < 2) return [];
  const { bucketSeconds, bytes, peakBytes, peakPackets, peakAtSeconds } = rates;
  const line = bytes.map((value) =>
    value === 0 ? '·' : LEVELS[Math.min(Math.floor((value / peakBytes) * LEVELS.length), LEVELS.length - 1)],
  );
  return [
    [
      'Bytes over time',
      `${codeSpan(line.join(''))} ${seconds(bucketSeconds)} each; peak ${size(Math.round(peakBytes / bucketSeconds))}/s at ${seconds(peakAtSeconds)}, ` +
        `most ${Math.round(peakPackets / bucketSeconds)} packets/s`,
    ],
  ];
}

function tcpLine(tcp: CaptureFacts['tcp']): string {
  return (
    `${tcp.connections} connections: ${tcp.established} established, ${tcp.refused} refused, ${tcp.unanswered} unanswered; ` +
    `${tcp.retransmissions} retransmissions${tcp.dataSegments > 0 ? ` (${share(tcp.retransmissions, tcp.dataSegments)} of data segments)` : ''}, ` +
    `${tcp.fastRetransmissions} of them fast, ${tcp.duplicateAcks} duplicate ACKs, ${tcp.outOfOrder} out of order, ` +
    `${tcp.lostSegments} segments missing, ${tcp.zeroWindows} zero windows, ${tcp.windowFull} windows filled, ${tcp.resets} resets` +
    (tcp.medianHandshakeMs === null ? '' : `; median handshake ${tcp.medianHandshakeMs.toFixed(1)} ms`)
  );
}

const OUTCOMES = [
  ['closed', 'closed cleanly'],
  ['reset', 'reset'],
  ['idleKilled', 'reset after silence'],
  ['stalled', 'stalled'],
  ['stillOpen', 'still open'],
  ['refused', 'refused'],
  ['unanswered', 'unanswered'],
  ['halfOpen', 'half-open'],
  ['unknown', 'not enough recorded'],
] as const;

function outcomeRow(outcomes: CaptureFacts['tcp']['outcomes']): string[][] {
  if (outcomes === null) return [];
  const seen = OUTCOMES.filter(([key]) => outcomes[key] > 0).map(
    ([key, words]) => `${outcomes[key]} ${words}`,
  );
  return seen.length === 0 ? [] : [['TCP connections ended', seen.join(', ')]];
}

function timeRow(times: CaptureFacts['tcp']['times']): string[][] {
  if (times === null || times.network === null) return [];
  const { serverSide, clientSide, network, serverResponse } = times;
  const said = [
    `path ${latencyText(network)}`,
    ...(serverSide === null ? [] : [`of it server side of the capture point ${latencyText(serverSide)}`]),
    ...(clientSide === null ? [] : [`client side ${latencyText(clientSide)}`]),
    ...(serverResponse === null
      ? []
      : [`server's first answer, path taken off, ${latencyText(serverResponse)}`]),
  ];
  return [['TCP round trips', said.join('; ')]];
}

/** "p50 1.2 ms, p90 3 ms, max 40 ms (12×)". */
export const latencyText = ({ samples, p50Ms, p90Ms, maxMs }: Latency): string =>
  samples === 1
    ? `${ms(maxMs)} (once)`
    : `p50 ${ms(p50Ms)}, p90 ${ms(p90Ms)}, max ${ms(maxMs)} (${samples} times)`;

const ms = (value: number): string => `${Number(value.toPrecision(3))} ms`;

function sizeRow(sizes: CaptureFacts['sizes']): string[][] {
  if (sizes === null) return [];
  const offered = sizes.maximumSegmentSizes.shown
    .slice(0, 5)
    .map(({ bytes, offers }) => `${bytes} (${offers}×)`);
  const said = [
    `largest frame ${sizes.largestFrame} bytes`,
    ...(offered.length === 0 ? [] : [`MSS offered ${offered.join(', ')}`]),
    ...(sizes.fragments === 0 ? [] : [`${sizes.fragments} IP fragments`]),
    ...sizes.fragmentationNeeded.shown
      .slice(0, 3)
      .map(({ reporter, told, destination, mtu, messages }) =>
        inlineText(
          `${reporter} told ${told} ${messages}× that packets${destination === null ? '' : ` to ${destination}`} are too big` +
            (mtu === null ? '' : ` (fits: ${mtu})`),
        ),
      ),
  ];
  return [['Sizes', said.join('; ')]];
}

function dnsLine(dns: CaptureFacts['dns']): string {
  return (
    `${dns.queries} queries, ${dns.responses} responses, ${dns.unanswered} unanswered` +
    Object.entries(dns.rcodes)
      .slice(0, 12)
      .map(([name, count]) => `; ${inlineText(name, 40)} ${count}`)
      .join('') +
    (dns.latency === null
      ? dns.medianLatencyMs === null
        ? ''
        : `; median answer ${dns.medianLatencyMs.toFixed(1)} ms`
      : `; answer ${latencyText(dns.latency)}`)
  );
}
