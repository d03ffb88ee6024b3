import type { Clock, Log } from '../../ports.ts';
import type { Bounded } from './bounded.ts';
import type { Clients } from './clients.ts';
import type { AzureTimeouts } from './options.ts';
import type { WriteQueue } from './write-queue.ts';

/** What every part of the adapter works with. */
export interface Azure {
  clients: Clients;
  bounded: Bounded;
  writes: WriteQueue;
  timeouts: AzureTimeouts;
  clock: Clock;
  log: Log;
}
