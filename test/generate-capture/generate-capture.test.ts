import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generateCapture, type GenerateOptions } from '../../scripts/generate-capture/generate.ts';
import type { Truth } from '../../scripts/generate-capture/truth.ts';
import { countMatches } from '../forensics/measure/tshark.ts';
import { ownCounts } from './own-counts.ts';

/** The display filter that finds what was counted. */
const FILTERS: Partial<Record<keyof Truth, string>> = {
  syn: 'tcp.flags.syn == 1 && tcp.flags.ack == 0',
  synAck: 'tcp.flags.syn == 1 && tcp.flags.ack == 1',
  fin: 'tcp.flags.fin == 1',
  rst: 'tcp.flags.reset == 1',
  retransmissions: 'tcp.analysis.retransmission',
  fastRetransmissions: 'tcp.analysis.fast_retransmission',
  spuriousRetransmissions: 'tcp.analysis.spurious_retransmission',
  lostSegments: 'tcp.analysis.lost_segment',
  ackedUnseen: 'tcp.analysis.ack_lost_segment',
  duplicateAcks: 'tcp.analysis.duplicate_ack',
  zeroWindows: 'tcp.analysis.zero_window',
  zeroWindowProbes: 'tcp.analysis.zero_window_probe',
  zeroWindowProbeAcks: 'tcp.analysis.zero_window_probe_ack',
  windowUpdates: 'tcp.analysis.window_update',
  keepAlives: 'tcp.analysis.keep_alive',
  keepAliveAcks: 'tcp.analysis.keep_alive_ack',
  dnsQueries: 'dns.flags.response == 0',
  dnsResponses: 'dns.flags.response == 1',
  dnsNoSuchName: 'dns.flags.rcode == 3',
  dnsServerFailure: 'dns.flags.rcode == 2',
  clientHellos: 'tls.handshake.type == 1',
  serverNames: 'tls.handshake.extensions_server_name',
  serverHellos: 'tls.handshake.type == 2',
  certificateMessages: 'tls.handshake.type == 11',
  plainAlerts: 'tls.alert_message.level',
  httpRequests: 'http.request',
  httpResponses: 'http.response',
  httpErrors: 'http.response.code >= 400',
  basicLogins: 'http.authbasic',
  ftpPasswords: 'ftp.request.command == "PASS"',
  ftpRefusals: 'ftp.response.code == 530',
  arpPackets: 'arp',
  pings: 'icmp.type in {0, 8} || icmpv6.type in {128, 129}',
};
/** What must not be there: every checksum holds, and nothing is marked that was not meant. */
const NEVER = [
  'tcp.checksum.status == "Bad" || udp.checksum.status == "Bad" || ip.checksum.status == "Bad"',
  'tcp.analysis.out_of_order || tcp.analysis.window_full || tcp.analysis.reused_ports',
];

function generated(options: GenerateOptions): { data: Buffer; truth: Truth } {
  const pieces: Uint8Array[] = [];
  const capture = generateCapture(options);
  for (;;) {
    const step = capture.next();
    if (step.done === true) return { data: Buffer.concat(pieces), truth: step.value };
    pieces.push(step.value);
  }
}

const hashOf = (options: GenerateOptions): string =>
  createHash('sha256').update(generated(options).data).digest('hex');

describe('a generated capture', () => {
  const { data, truth } = generated({ bytes: 14_000_000, seed: 3 });
  let folder = '';
  let path = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'capwright-generated-'));
    path = join(folder, 'mixed.pcap');
    writeFileSync(path, data);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('holds what it says it holds, as tshark counts it', async () => {
    const names = Object.keys(FILTERS) as (keyof Truth)[];
    const filters = names.map((name) => FILTERS[name] ?? 'frame');

    const counts = await countMatches(path, ['frame', ...filters]);

    const theirs = Object.fromEntries(names.map((name, index) => [name, counts[index + 1]]));
    expect(counts[0]).toBe(truth.packets);
    expect(theirs).toEqual(Object.fromEntries(names.map((name) => [name, truth[name]])));
  });

  it('holds what our own reader counts, to the last duplicate ACK', () => {
    const counts = ownCounts(data);

    expect(counts).toEqual(
      Object.fromEntries(Object.keys(counts).map((name) => [name, truth[name as keyof Truth]])),
    );
  });

  it('has every trouble in it that it can plant', () => {
    const missing = Object.entries(truth).filter(([, count]) => count === 0);

    expect(missing.map(([name]) => name)).toEqual(['fragments', 'tunnelled', 'malformed']);
  });

  it('has checksums that hold, and no mark that was not meant', async () => {
    const argv = ['-n', '-r', path, '-T', 'fields', '-e', 'frame.number', '-Y', NEVER.join(' || ')];
    const checks = ['tcp', 'udp', 'ip'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);

    const { stdout } = await promisify(execFile)('tshark', [...argv, ...checks]);

    expect(stdout).toBe('');
  });

  it('is the same for the same seed and another for another', () => {
    const options = { bytes: 600_000, seed: 8 };

    expect(hashOf(options)).toBe(hashOf(options));
    expect(hashOf(options)).not.toBe(hashOf({ ...options, seed: 9 }));
  });

  it('is about as large as was asked for, in either format', () => {
    const next = generated({ bytes: 3_000_000, seed: 5, format: 'pcapng' });

    expect(data.length).toBe(truth.fileBytes);
    expect(data.length / 14_000_000).toBeCloseTo(1, 0);
    expect(next.data.length).toBe(next.truth.fileBytes);
    expect(ownCounts(next.data)['packets']).toBe(next.truth.packets);
  });

  it('has small packets of very many conversations where it is to be hostile', () => {
    const hostile = generated({ bytes: 4_000_000, seed: 5, mix: 'hostile' }).truth;

    expect(hostile.wireBytes / hostile.packets).toBeLessThan(320);
    expect((hostile.tcpConversations + hostile.udpConversations) / hostile.fileBytes).toBeGreaterThan(2e-4);
    expect([hostile.fragments, hostile.tunnelled, hostile.malformed].every((count) => count > 100)).toBe(
      true,
    );
  });
});
