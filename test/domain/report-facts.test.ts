import { describe, expect, it } from 'vitest';
import { NO_VERIFICATION } from '../../src/domain/verification.ts';
import { CaptureFacts } from '../../src/domain/facts.ts';
import { NO_USAGE } from '../../src/domain/model-usage.ts';
import { negatives } from '../../src/domain/report-coverage.ts';
import { captureOverview } from '../../src/domain/report-overview.ts';
import { protocolDetails } from '../../src/domain/report-protocols.ts';
import { factsOf } from '../fakes/facts.ts';

const tally = (name: string, count = 3) => ({ total: 1, shown: [{ name, count }] });
const nothing = { total: 0, shown: [] };
const hostile = 'evil | <script>alert(1)</script> ![x](https://evil.example) `code`';

const overviewOf = (facts: CaptureFacts) =>
  captureOverview({
    facts,
    parts: [],
    findings: [],
    script: '',
    results: [],
    commands: [],
    authorship: { planner: 'p', reporter: 'r', attempts: 0, scriptSucceeded: true, note: null },
    builtInBecause: null,
    sandbox: 'docker',
    lacks: [],
    tsharkVersion: 'TShark 4.4',
    partial: null,
    context: null,
    usage: NO_USAGE,
    verification: NO_VERIFICATION,
    privacy: 'full',
    prose: null,
  });

describe('the facts in a report', () => {
  it('says of a recording what spoils it, or that nothing does', () => {
    const { capture } = factsOf();
    const quality = {
      dropped: null,
      backInTime: 0,
      duplicateFrames: 0,
      duplicated: false,
      oneSidedConnections: 0,
      gaps: 0,
      gapped: false,
      joinedMidway: 0,
      oversizedFrames: 0,
      verdict: [] as string[],
    };
    const row = (verdict: string[]) =>
      overviewOf(factsOf({ capture: { ...capture, quality: { ...quality, verdict } } }));

    expect(row([])).toContain('nothing wrong seen');
    expect(row([])).toContain('is not recorded');
    expect(row(['12 frames are recorded twice.'])).toContain('| Quality | 12 frames are recorded twice. |');
  });

  it('draws bytes over time in one line', () => {
    const rates = {
      bucketSeconds: 1,
      packets: [1, 0, 9],
      bytes: [100, 0, 900],
      peakPackets: 9,
      peakBytes: 900,
      peakAtSeconds: 2,
      retransmissions: [0, 0, 0],
      roundTrips: [null, null, null],
    };

    expect(overviewOf(factsOf({ rates }))).toContain('`▁·█` 1 s each; peak 900 B/s at 2 s, most 9 packets/s');
  });

  it('leaves out protocols that were not seen', () => {
    expect(protocolDetails(factsOf())).toEqual([]);
  });

  it('lets no text of packets break out of its line', () => {
    const facts = factsOf({
      http: {
        requests: 3,
        responses: 0,
        methods: tally(hostile),
        statusClasses: { '1xx': 0, '2xx': 0, '3xx': 0, '4xx': 0, '5xx': 0 },
        statuses: nothing,
        hosts: tally(hostile),
        latency: null,
      },
      wifi: {
        networks: {
          total: 1,
          shown: [
            {
              bssid: '00:00:00:00:00:0a',
              ssid: hostile,
              frames: 1,
              beacons: 1,
              stations: 0,
              deauthentications: 0,
            },
          ],
        },
        frames: tally('beacon'),
      },
    });
    const text = protocolDetails(facts).join('\n\n');

    expect(text).toContain('### HTTP');
    expect(text).not.toMatch(/<script>|!\[|https:/);
    expect(
      text
        .split('\n')
        .find((line) => line.includes('00:00:00:00:00:0a'))
        ?.split(/(?<!\\)\|/),
    ).toHaveLength(8);
  });
});

describe('negatives in a report', () => {
  it('stand on packets and seconds, and say what was not judged', () => {
    const text = negatives({
      packets: 12_004,
      seconds: 61,
      linkTypes: ['ether'],
      payload: 'whole',
      filter: null,
      groups: [
        { group: 'Scans', found: [], notFound: ['port_scan'], state: 'looked', packets: 12_004, why: null },
        { group: 'Wi-Fi', found: [], notFound: ['wifi_deauth'], state: 'no_traffic', packets: 0, why: null },
        {
          group: 'Voice',
          found: [],
          notFound: ['rtp_loss'],
          state: 'not_judged',
          packets: 9,
          why: 'no tshark',
        },
      ],
    });

    expect(text).toContain(
      '12004 packets, 61 s, ether, every packet whole, unfiltered as far as can be seen.',
    );
    expect(text).toContain('| Scans | `port_scan` | 12004 | – |');
    expect(text).toContain('nothing to find: Wi-Fi.');
    expect(text).toContain('**Not judged:** Voice (no tshark).');
  });
});

describe('facts that an older version wrote', () => {
  it('are still read, with null for what it did not measure', () => {
    const { capture, conversations, endpoints, protocols, tcp, dns, notes } = factsOf();
    const { interfaces: _i, application: _a, quality: _q, ...old } = capture;
    const facts = CaptureFacts.parse({ capture: old, conversations, endpoints, protocols, tcp, dns, notes });

    expect(facts).toMatchObject({ tls: null, coverage: null, rates: null, capture: { quality: null } });
    expect(negatives(facts.coverage)).toBeNull();
  });
});
