import type { CaptureFacts } from '../domain/facts.ts';

/** A script reads the capture some ten times: 90 s, and 5 minutes more per GiB. */
export const scriptTimeoutMs = (bytes: number): number => 90_000 + Math.ceil((bytes / 1024 ** 3) * 300_000);

/** tshark with a display filter on one slow core: to start, and per packet and byte. */
const START_MS = 500;
const PACKETS_PER_MS = 18;
const BYTES_PER_MS = 14_000;
/** What of the time is left for awk, sort and a busy machine. */
const SHARE = 0.6;
const MOST_READINGS = 10;
/** From here on a reading of everything is something to be thought about. */
const FEW_READINGS = 5;

/** What a planner has to know of the size of the capture, in our own words. */
export function limitsOf(capture: CaptureFacts['capture'], timeoutMs: number): string {
  const readingMs = START_MS + Math.max(capture.packets / PACKETS_PER_MS, capture.bytes / BYTES_PER_MS);
  const affordable = Math.max(1, Math.min(MOST_READINGS, Math.floor((timeoutMs * SHARE) / readingMs)));
  const seconds = Math.round(timeoutMs / 1000);
  return [
    `The capture has ${capture.packets} packets in ${megabytes(capture.bytes)}. The script is ended after ${seconds} s. ` +
      `One reading of the whole capture by tshark takes about ${(readingMs / 1000).toFixed(1)} s here, so at most ${affordable} of them; fewer is better.`,
    ...(affordable <= FEW_READINGS ? [LARGE] : []),
    ...(capture.damaged === null ? [] : [DAMAGED]),
  ].join('\n');
}

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 0)} MB`;

const LARGE =
  'That is large. Cut out what matters first and then look at the part: `editcap -r` takes frame numbers (`editcap -r ' +
  '/workspace/pocket.pcap /workspace/part.pcap 1200-1900`), `-A` and `-B` take times, and neither dissects anything; or ' +
  'let one tshark write the rows of all questions into a file in /workspace and count in it with awk. Frame numbers of a ' +
  'part begin at 1 again: say so where you print them, or add the first one.';

const DAMAGED =
  'The file is cut short or damaged. tshark prints what it can read and then ends with exit code 2, which is no failure ' +
  'of the script: write `|| (($? == 2))` behind each tshark call and each pipeline that begins with one.';
