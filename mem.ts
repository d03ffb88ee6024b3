import { openSync, readSync } from 'node:fs';
import { createCaptureReader } from './src/packets/read-capture.ts';
import { createOwnLane } from './src/forensics/measure/large/own-lane.ts';
import { createTables } from './src/forensics/measure/tables.ts';
import v8 from 'node:v8';
const tables = createTables({ hasTshark: true }); const lane = createOwnLane((p, s) => tables.addOwn(p, s)); const reader = createCaptureReader(lane.onPacket);
const f = openSync(process.argv[2], 'r'); const buf = Buffer.allocUnsafe(1 << 20); let n = 0;
console.log('start', (process.memoryUsage().rss / 1e6).toFixed(0));
for (;;) { const k = readSync(f, buf); if (k === 0) break; reader.push(buf.subarray(0, k)); if (++n % 200 === 0) { const m = process.memoryUsage(); console.log(n, 'rss', (m.rss/1e6).toFixed(0), 'heapUsed', (m.heapUsed/1e6).toFixed(0), 'heapTotal', (m.heapTotal/1e6).toFixed(0), 'ab', (m.arrayBuffers/1e6).toFixed(0), 'ext', (m.external/1e6).toFixed(0)); } }
reader.end(); globalThis.gc?.(); const m = process.memoryUsage(); console.log('end after gc', (m.rss/1e6).toFixed(0), (m.heapUsed/1e6).toFixed(0), (m.heapTotal/1e6).toFixed(0), (m.arrayBuffers/1e6).toFixed(0));
