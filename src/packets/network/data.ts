import { enter, isQuoted, type Frame } from '../frame.ts';
import { layer } from '../layers.ts';

const DATA = layer('data');

/** Bytes from `at` on that no protocol here claims. */
export function addData(frame: Frame, at: number): void {
  if (frame.end <= at) return;
  if (enter(frame, DATA) && !isQuoted(frame)) frame.dataLength = frame.end - at + frame.missing;
}
