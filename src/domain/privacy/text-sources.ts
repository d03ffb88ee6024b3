import type { CaptureFacts } from '../facts.ts';
import type { Finding } from '../finding.ts';

/**
 * Where a text of the measurement comes from, and so what it may hold.
 * ours: words and numbers of ours, from a closed vocabulary. address: IP or MAC, maybe with a port. protocol: a name that
 * tshark or Capwright has for a number in a header. request: registered methods and status codes. filter: a display filter
 * of ours, which may quote. payload: whatever the sender of a packet, or whoever made the file, wanted to write.
 */
export type TextSource = 'ours' | 'address' | 'protocol' | 'request' | 'filter' | 'payload';

type Figure = number | boolean | readonly number[];

/** A source for every text in T: one that is forgotten, or is no longer there, does not compile. */
export type SourcesOf<T> = T extends string
  ? TextSource
  : T extends readonly (infer Row)[]
    ? SourcesOf<NonNullable<Row>>
    : string extends keyof T
      ? { keys: TextSource }
      : {
          [K in keyof T as NonNullable<T[K]> extends Figure ? never : K]-?: SourcesOf<NonNullable<T[K]>>;
        };

/** Of a value and how often it was seen. */
const tally = <S extends TextSource>(name: S) => ({ shown: { name } });
const NUMBERS = {};

export const FACT_SOURCES: SourcesOf<CaptureFacts> = {
  capture: {
    // Not text of a packet, but it tells whether a capture is one that somebody else has.
    sha256: 'payload',
    format: 'ours',
    linkTypes: 'protocol',
    firstPacketAt: 'ours',
    lastPacketAt: 'ours',
    damaged: 'ours',
    interfaces: {
      name: 'payload',
      description: 'payload',
      linkType: 'protocol',
      filter: 'payload',
      operatingSystem: 'payload',
    },
    application: 'payload',
    quality: { verdict: 'ours' },
  },
  conversations: { a: 'address', b: 'address' },
  endpoints: {
    address: 'address',
    names: { name: 'payload', source: 'ours' },
    mac: { address: 'address', knownBy: 'ours' },
    roles: 'ours',
  },
  protocols: { protocol: 'protocol' },
  totals: { conversations: NUMBERS, endpoints: NUMBERS },
  rates: { roundTrips: NUMBERS },
  sizes: {
    maximumSegmentSizes: { shown: NUMBERS },
    fragmentationNeeded: { shown: { reporter: 'address', told: 'address', destination: 'address' } },
  },
  tcp: {
    outcomes: NUMBERS,
    times: { serverSide: NUMBERS, clientSide: NUMBERS, network: NUMBERS, serverResponse: NUMBERS },
  },
  dns: {
    rcodes: { keys: 'protocol' },
    latency: NUMBERS,
    servers: { shown: { server: 'address', latency: NUMBERS } },
    names: tally('payload'),
    types: tally('protocol'),
  },
  tls: {
    offered: tally('protocol'),
    chosen: tally('protocol'),
    ciphers: tally('protocol'),
    alpn: tally('payload'),
    names: tally('payload'),
    ja3: { shown: { value: 'payload' } },
    ja4: { shown: { value: 'payload' } },
    certificates: {
      shown: {
        server: 'address',
        names: 'payload',
        issuer: 'payload',
        notBefore: 'payload',
        notAfter: 'payload',
        validity: 'ours',
        faults: 'ours',
      },
    },
    alerts: tally('protocol'),
  },
  quic: { versions: tally('protocol') },
  http: {
    methods: tally('request'),
    statusClasses: NUMBERS,
    statuses: tally('request'),
    hosts: tally('payload'),
    latency: NUMBERS,
  },
  dhcp: { messages: tally('protocol'), servers: { shown: { server: 'address' } } },
  resolution: { conflicts: { shown: { address: 'address', macs: 'address' } } },
  icmp: {
    messages: tally('protocol'),
    errors: {
      shown: {
        sort: 'protocol',
        reporter: 'address',
        told: 'address',
        originalTarget: 'address',
        originalProtocol: 'ours',
      },
    },
  },
  voice: {
    methods: tally('request'),
    answers: tally('request'),
    streams: { shown: { source: 'address', target: 'address' } },
  },
  windows: {
    outcomes: { shown: { protocol: 'ours', result: 'protocol' } },
    controllers: { shown: 'address' },
  },
  logins: {
    secrets: { shown: { protocol: 'protocol', client: 'address', server: 'address' } },
    refused: { shown: { protocol: 'protocol', client: 'address', server: 'address' } },
    accepted: { shown: { protocol: 'protocol', client: 'address', server: 'address' } },
    ssh: {
      shown: {
        client: 'address',
        server: 'address',
        clientSoftware: 'payload',
        serverSoftware: 'payload',
      },
    },
  },
  wifi: {
    networks: { shown: { bssid: 'address', ssid: 'payload' } },
    frames: tally('protocol'),
  },
  industrial: {
    talks: {
      shown: { protocol: 'protocol', client: 'address', server: 'address', functions: tally('protocol') },
    },
  },
  coverage: {
    linkTypes: 'protocol',
    payload: 'ours',
    filter: 'payload',
    groups: { group: 'ours', found: 'ours', notFound: 'ours', state: 'ours', why: 'payload' },
  },
  notes: 'ours',
};

/** What a detector writes may name what it saw; the kind of a finding says the same without it. */
export const FINDING_SOURCES: SourcesOf<Finding> = {
  id: 'ours',
  kind: 'ours',
  title: 'payload',
  severity: 'ours',
  confidence: 'ours',
  because: 'payload',
  actor: 'address',
  target: 'address',
  filter: 'filter',
  explanation: 'payload',
  alternatives: 'payload',
  notChecked: 'payload',
  evidenceCheck: { result: 'ours', over: 'ours', note: 'ours' },
};
