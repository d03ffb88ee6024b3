import { arpSpoof } from './injected/arp-spoof.ts';
import { beacon } from './injected/beacon.ts';
import { dnsTunnel } from './injected/dns-tunnel.ts';
import { ftpBruteForce } from './injected/ftp-brute-force.ts';
import { synFlood } from './injected/syn-flood.ts';
import { synScan } from './injected/syn-scan.ts';
import { createChains } from './chains.ts';
import type { Mix } from './generate.ts';
import { failedCall } from './plays/failed-calls.ts';
import { lookUp } from './plays/names.ts';
import { plainWeb } from './plays/plain-web.ts';
import { quic } from './plays/quic.ts';
import { secureWeb } from './plays/secure-web.ts';
import { shell } from './plays/shell.ts';
import { call, clockSync, neighbours, ping } from './plays/small-talk.ts';
import { SECOND } from './stage.ts';

/** An office behind a gateway: mostly TLS by bytes, mostly DNS by conversations, and six attacks among it. */
export const mixedTraffic: Mix = {
  makers: (stage) => [
    [46, lookUp],
    [27, secureWeb(createChains(stage))],
    [13, plainWeb],
    [3, quic],
    [1, shell],
    [0.5, call],
    [3, clockSync],
    [3, ping],
    [3, neighbours],
    [1.5, failedCall],
  ],
  inject(stage, microseconds) {
    const at = (share: number): number => Math.floor(microseconds * share);
    stage.start(beacon(stage, microseconds / SECOND), 0);
    stage.start(dnsTunnel(stage), at(0.1));
    stage.start(synScan(stage), at(0.2));
    stage.start(ftpBruteForce(stage), at(0.3));
    stage.start(synFlood(stage), at(0.4));
    stage.start(arpSpoof(stage), at(0.5));
  },
};
