const fileHeader = 24;
const recordHeader = 16;

/**
 * Cuts one capture file into the files of a ring buffer: each begins with the file header, none is longer than
 * `fileSizeInBytes` unless a single packet is, and only the last `fileCount` are kept. Numbers count from 1 and go on
 * where the ring has overwritten.
 */
export function splitIntoRing(
  pcap: Uint8Array,
  ring: { readonly fileCount: number; readonly fileSizeInBytes: number },
): { readonly number: number; readonly bytes: Uint8Array }[] {
  const view = new DataView(pcap.buffer, pcap.byteOffset, pcap.byteLength);
  const cuts: { from: number; to: number }[] = [];
  let [from, at] = [fileHeader, fileHeader];
  // A file that was cut short ends in the middle of a record; what is left of it goes into the last file.
  while (at + recordHeader <= pcap.length) {
    const next = at + recordHeader + view.getUint32(at + 8, true);
    if (next - from + fileHeader > ring.fileSizeInBytes && at > from) {
      cuts.push({ from, to: at });
      from = at;
    }
    at = next;
  }
  cuts.push({ from, to: pcap.length });
  const files = cuts.map((cut, index) => ({
    number: index + 1,
    bytes: Buffer.concat([pcap.subarray(0, fileHeader), pcap.subarray(cut.from, cut.to)]),
  }));
  return files.slice(-Math.max(1, ring.fileCount));
}
