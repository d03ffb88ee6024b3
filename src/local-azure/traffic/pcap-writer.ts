/** A frame with its time in seconds since the epoch. */
export interface TimedFrame {
  readonly time: number;
  readonly bytes: Uint8Array;
}

/** A classic libpcap file: little-endian, microseconds, Ethernet. Frames longer than `snapLength` are cut. */
export function writePcap(frames: readonly TimedFrame[], snapLength: number): Uint8Array {
  const fileHeader = 24;
  const recordHeader = 16;
  const kept = frames.map((frame) => ({ frame, length: Math.min(frame.bytes.length, snapLength) }));
  const size = kept.reduce((total, { length }) => total + recordHeader + length, fileHeader);
  const file = new Uint8Array(size);
  const view = new DataView(file.buffer);
  writeFileHeader(view, snapLength);
  let offset = fileHeader;
  for (const { frame, length } of kept) {
    const microseconds = Math.round(frame.time * 1e6);
    view.setUint32(offset, Math.floor(microseconds / 1e6), true);
    view.setUint32(offset + 4, microseconds % 1e6, true);
    view.setUint32(offset + 8, length, true);
    view.setUint32(offset + 12, frame.bytes.length, true);
    file.set(frame.bytes.subarray(0, length), offset + recordHeader);
    offset += recordHeader + length;
  }
  return file;
}

function writeFileHeader(view: DataView, snapLength: number): void {
  const ethernet = 1;
  view.setUint32(0, 0xa1b2c3d4, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, ethernet, true);
}
