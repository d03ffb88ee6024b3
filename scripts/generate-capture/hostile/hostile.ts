import { createChains } from '../chains.ts';
import type { Mix } from '../generate.ts';
import { failedCall } from '../plays/failed-calls.ts';
import { lookUp } from '../plays/names.ts';
import { plainWeb } from '../plays/plain-web.ts';
import { secureWeb } from '../plays/secure-web.ts';
import { clockSync, ping } from '../plays/small-talk.ts';
import type { Maker, Planned } from '../plays/play.ts';
import { fragmented } from './fragments.ts';
import { malformed } from './malformed.ts';
import { manyProtocols } from './many-protocols.ts';
import { tunnelled } from './tunnels.ts';

/** What no analyser likes: small packets, short conversations, ever other ports and protocols, and broken ones. */
export const hostileTraffic: Mix = {
  makers: (stage) => [
    [58, manyProtocols],
    [10, malformed],
    [4, fragmented],
    [6, tunnelled],
    [7, lookUp],
    [3, small(secureWeb(createChains(stage)))],
    [3, small(plainWeb)],
    [3, failedCall],
    [3, clockSync],
    [3, ping],
  ],
  inject: () => undefined,
};

const SMALL_TRANSFER = 12_000;

function small(maker: Maker): Maker {
  return (stage): Planned => maker(stage, SMALL_TRANSFER);
}
