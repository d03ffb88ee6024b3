import { confirmed, inferred } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { isGroupAddress } from '../packet.ts';
import type { RtpStream } from '../tables/rtp.ts';
import type { Tables } from '../tables.ts';

/** Sound or pictures that got lost. */
export const rtpLoss: Detector = { kind: 'rtp_loss', detect: detectLoss };

/** Sound that comes too unevenly to be played well. */
export const rtpQuality: Detector = { kind: 'rtp_quality', detect: detectQuality };

/** Calls in which only one side can be heard. */
export const oneWayAudio: Detector = { kind: 'one_way_audio', detect: detectOneWay };

const MIN_PACKETS = 50;
/** What Cisco and ITU-T Y.1541 call the limit for speech. */
const LOSS_SHARE = 0.01;
const HEAVY_LOSS_SHARE = 0.05;
const JITTER_SECONDS = 0.03;
const PEAK_SECONDS = 0.06;
const HEAVY_JITTER_SECONDS = 0.1;
const ONE_WAY_PACKETS = 100;
const ONE_WAY_SECONDS = 3;
const LONG_ONE_WAY_SECONDS = 15;

/** The packets of one stream. */
const streamFilter = ({ source, target, sourcePort, targetPort, ssrc, announced }: RtpStream): string =>
  all(
    announced ? `rtp.ssrc == 0x${ssrc.toString(16)}` : `udp.payload[8:4] == ${bytesOf(ssrc)}`,
    between(source, target),
    `udp.srcport == ${sourcePort} && udp.dstport == ${targetPort}`,
  );

/** A number of 32 bits as display filters write bytes: 0a:0b:0c:0d. */
const bytesOf = (value: number): string =>
  value
    .toString(16)
    .padStart(8, '0')
    .replaceAll(/..(?=.)/g, '$&:');

const name = ({ source, target, targetPort }: RtpStream): string =>
  `${source} to ${target} port ${targetPort}`;

function detectLoss({ rtp }: Tables): FindingDraft[] {
  return rtp.streams.flatMap((stream) => {
    const { received, expected, holes, source, target, targetPort } = stream;
    const lost = expected - received;
    if (expected < MIN_PACKETS || lost <= 0 || holes.count === 0) return [];
    const share = lost / expected;
    const reported = rtp.reporters.has(target);
    return [
      draft('rtp_loss', {
        title: `${lost} of ${expected} RTP packets of ${name(stream)} are missing`,
        severity: grade(
          [
            ['high', share >= HEAVY_LOSS_SHARE],
            ['medium', share >= LOSS_SHARE],
          ],
          'low',
        ),
        ...confirmed(
          reported,
          'the receiver reports losses as well',
          'sequence numbers are missing, which a lossy capture looks like too',
        ),
        actor: [source],
        target: [target],
        ports: [targetPort],
        evidence: { count: lost, frames: holes.frames },
        filter: streamFilter(stream),
        matching: received,
        explanation:
          `${(share * 100).toFixed(1)} % of the packets are missing, in ${times(holes.count, 'hole')}` +
          `${reported ? '; the receiver reports losses as well (RTCP)' : ''}. Speech suffers from 1 % on.`,
        alternatives: reported
          ? 'Packets that came too late rather than never.'
          : 'A capture that lost packets itself: the receiver did not report any loss.',
        notChecked: 'Where they were lost, and whether the codec hides it.',
      }),
    ];
  });
}

function detectQuality({ rtp }: Tables): FindingDraft[] {
  return rtp.streams.flatMap((stream) => {
    const { received, jitterSum, jitterSamples, worstJitter, worstFrames, source, target, targetPort } =
      stream;
    const mean = jitterSum / Math.max(jitterSamples, 1);
    if (jitterSamples < MIN_PACKETS || worstJitter < JITTER_SECONDS) return [];
    return [
      draft('rtp_quality', {
        title: `RTP of ${name(stream)} arrives with up to ${duration(worstJitter)} of jitter`,
        severity: grade(
          [
            ['high', mean >= HEAVY_JITTER_SECONDS],
            ['medium', mean >= JITTER_SECONDS || worstJitter >= PEAK_SECONDS],
          ],
          'low',
        ),
        ...inferred('times of arrival at the capture point, not at the receiver'),
        actor: [source],
        target: [target],
        ports: [targetPort],
        evidence: worstFrames,
        filter: streamFilter(stream),
        matching: received,
        explanation:
          `The jitter of RFC 3550 is ${duration(mean)} on average and ${duration(worstJitter)} at worst; from 30 ms on the ` +
          `receiver must buffer so much, or drop so many packets, that speech suffers.`,
        alternatives:
          'A sender that sends in bursts, or a capture host whose clock or load disturbs the times.',
        notChecked:
          'Delay one way, which one capture cannot tell, and how large the buffer of the receiver is.',
      }),
    ];
  });
}

function detectOneWay({ rtp, sip }: Tables): FindingDraft[] {
  // Before the answer only the called side may be heard: ringing, announcements. Without SIP nothing tells when that was.
  const answered = sip.firstAnswerAt ?? (sip.pairs.length > 0 ? null : 0);
  if (answered === null) return [];
  const least = sip.pairs.length > 0 ? ONE_WAY_SECONDS : LONG_ONE_WAY_SECONDS;
  const heard = Map.groupBy(rtp.streams, ({ target }) => target);
  const sources = new Set(rtp.streams.map(({ source }) => source));
  return rtp.streams.flatMap((stream) => {
    const { source, target, targetPort, received, firstAt, lastAt, firstFrame, setup } = stream;
    const talks = lastAt - Math.max(firstAt, answered);
    if (received < ONE_WAY_PACKETS || talks < least || isGroupAddress(target) || setup === 'RTSP') return [];
    // Sound can come back from another address than it was sent to.
    const back = (heard.get(source) ?? []).some(
      (other) => other.lastAt >= firstAt && other.firstAt <= lastAt,
    );
    if (back || sources.has(target)) return [];
    return [
      draft('one_way_audio', {
        title: `${source} sends sound to ${target} for ${duration(talks)}, and none comes back`,
        severity: 'high',
        ...inferred('the other direction was not seen, wherever it went'),
        actor: [source],
        target: [target],
        ports: [targetPort],
        evidence: { count: received, frames: [firstFrame] },
        filter: streamFilter(stream),
        explanation:
          `${times(received, 'RTP packet')} went to ${target} port ${targetPort} in a call, and no RTP came to ` +
          `${source} in that time: one side hears nothing.`,
        alternatives:
          'A call on hold, an announcement, silence that is not sent, or a capture that lacks the other direction.',
        notChecked:
          'What the session descriptions agreed on (sendonly, recvonly), and encrypted or undecoded media.',
      }),
    ];
  });
}
