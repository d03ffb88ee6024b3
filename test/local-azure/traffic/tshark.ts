import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const strict = ['tcp', 'udp', 'ip'].flatMap((layer) => ['-o', `${layer}.check_checksum:TRUE`]);

/** Whether a tshark is on this machine; where not, says so on stderr, because checks are then left out. */
export function tsharkPresent(): boolean {
  const present = spawnSync('tshark', ['--version']).status === 0;
  if (!present) {
    process.stderr.write('!! tshark is not installed: the planted faults are NOT checked against it\n');
  }
  return present;
}

/** Opens a capture for display filters; `close` removes its file. */
export function openWithTshark(pcap: Uint8Array) {
  const directory = mkdtempSync(join(tmpdir(), 'capwright-traffic-'));
  const file = join(directory, 'scenario.pcap');
  writeFileSync(file, pcap);
  return {
    /** The numbers of the frames that the display filter keeps, after a full first pass. */
    frames(filter: string): number[] {
      const run = spawnSync(
        'tshark',
        ['-2', '-r', file, ...strict, '-Y', filter, '-T', 'fields', '-e', 'frame.number'],
        { encoding: 'utf8' },
      );
      if (run.status !== 0) {
        throw new Error(`tshark refused ${filter}: ${run.stderr}`);
      }
      return run.stdout.split('\n').filter(Boolean).map(Number);
    },
    close: () => {
      rmSync(directory, { recursive: true });
    },
  };
}
