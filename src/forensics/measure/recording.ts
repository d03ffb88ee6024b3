import { hinted, type Certainty } from '../../domain/confidence.ts';
import type { Side } from './tables/tcp.ts';
import type { Tables } from './tables.ts';

export const MIN_DUPLICATES = 10;
const DUPLICATE_SHARE = 0.05;

const isMuch = (count: number, comparable: number): boolean =>
  count >= MIN_DUPLICATES && count >= comparable * DUPLICATE_SHARE;

/** Whether so many segments were recorded twice that counts of repeated ones mean nothing. */
export const hasDuplicates = ({ quality, repeats }: Tables): boolean =>
  isMuch(quality.duplicates.count, quality.comparable) || hasRepeats({ repeats });

/** Whether so many frames other than TCP over IPv4 were recorded twice that the capture point sees traffic twice. */
export const hasRepeats = ({ repeats }: Pick<Tables, 'repeats'>): boolean =>
  isMuch(repeats.frames.count, repeats.comparable);

/**
 * Whether the recording lost segments: their receiver acknowledged them, or nobody ever sent them again. Then gaps in
 * TCP streams say nothing about the network.
 */
export function hasGaps({ tcp }: Tables): boolean {
  const { gaps, ackedUnseen, connections } = tcp;
  const repeated = connections.some(
    ({ fromClient, fromServer }) => fromClient.retransmissions.count + fromServer.retransmissions.count > 0,
  );
  return gaps.count > 0 && (ackedUnseen > 0 || !repeated);
}

const MIN_ONE_SIDED_PACKETS = 5;

/** Whether `seen` acknowledges what is not in the capture: `unseen` spoke, and only its packets were not recorded. */
export const isOneSided = (seen: Side, unseen: Side): boolean =>
  unseen.packets === 0 &&
  seen.packets >= MIN_ONE_SIDED_PACKETS &&
  seen.firstAck !== null &&
  seen.lastAck !== null &&
  seen.firstAck !== seen.lastAck;

/** Hosts whose packets were recorded, and those of their peers not, in some connection. */
export const oneSidedHosts = ({ tcp }: Tables): Set<string> =>
  new Set(
    tcp.connections.flatMap(({ client, server, fromClient, fromServer }) => [
      ...(isOneSided(fromClient, fromServer) ? [client] : []),
      ...(isOneSided(fromServer, fromClient) ? [server] : []),
    ]),
  );

/** Frames recorded twice look like segments sent twice: then the number of these is a hint at most. */
export const unlessRepeated = (duplicated: boolean, certainty: Certainty): Certainty =>
  duplicated ? hinted('the capture holds frames twice, which looks the same') : certainty;
