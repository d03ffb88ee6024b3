import type { Play } from '../schedule.ts';
import { chance, pick, type Stage } from '../stage.ts';
import type { Host, Site } from '../world.ts';

/** A conversation that is about to begin, and about how many bytes of the file it will take. */
export interface Planned {
  play: Play;
  bytes: number;
}

/** Makes one conversation; `largest` bounds what it may transfer. */
export type Maker = (stage: Stage, largest: number) => Planned;

export interface Visit {
  client: Host;
  server: Site;
  isV6: boolean;
}

/** About this many bytes of the file a TCP transfer takes, with its headers and acknowledgements. */
export const onTheWire = (bytes: number): number => Math.ceil(bytes * 1.06) + 200;

const V6_SHARE = 0.15;

/** Someone inside calls a site outside. */
export function visit({ random, world }: Stage): Visit {
  return {
    client: pick(random, world.clients),
    server: pick(random, world.sites),
    isV6: chance(random, V6_SHARE),
  };
}
