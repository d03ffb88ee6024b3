import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A pcap file without packets: Ethernet, microseconds, little-endian. */
const EMPTY = Buffer.from('d4c3b2a1020004000000000000000000ffff000001000000', 'hex');

/** What a sandbox is opened on whose commands are given their packets one by one; `remove` takes it away again. */
export async function makeEmptyCapture(): Promise<{ path: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'capwright-empty-'));
  const path = join(folder, 'empty.pcap');
  await writeFile(path, EMPTY, { mode: 0o644 });
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
