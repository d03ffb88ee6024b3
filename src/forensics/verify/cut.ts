/** Some packets of a capture, as a small capture of their own. */
export interface FrameCut {
  /** A file that tshark reads, in pieces. */
  chunks: AsyncIterable<Uint8Array>;
  /** Numbers in the capture of the frames in it, in their order. */
  frames: readonly number[];
  /** Those wanted frames whose conversation is in it whole from its first packet up to them. */
  complete: ReadonlySet<number>;
}

/**
 * Cuts frames out of the capture, with packets of their conversations before them, at most `most` frames in all. Throws
 * CANCELLED, and what reading the capture throws.
 */
export type CutFrames = (
  wanted: { frames: readonly number[]; most: number },
  signal: AbortSignal,
) => Promise<FrameCut>;

const QUOTED = /("[^"]*")/;
const COMPARED = /\bframe\.number (==|>=|<=) (\d+)/g;
const LISTED = /\bframe\.number in \{([\d, ]*)\}/g;
/** What a cut changes and no translation brings back: numbers of conversations, times between frames, media set up elsewhere. */
const ELSEWHERE =
  /\bframe\.(number|time)|\.stream\b|\.time_|\bresponse_(to|in)|\b(rtp|rtcp|rtpevent|ftp-data|tftp|t38)\b/;

/**
 * A filter over the capture as a filter over a cut of it, whose frames have other numbers; null where it asks for what a
 * cut does not keep. Only filters of our own detectors go in.
 */
export function inCut(filter: string, frames: readonly number[]): string | null {
  const before = (number: number): number => {
    const index = frames.findIndex((frame) => frame >= number);
    return index < 0 ? frames.length : index;
  };
  const place = (number: number): number => frames.indexOf(number) + 1;
  const compared = (operator: string, number: number): string => {
    if (operator === '==') return `frame.number==${place(number)}`;
    return operator === '>=' ? `frame.number>=${before(number) + 1}` : `frame.number<=${before(number + 1)}`;
  };
  let translatable = true;
  const parts = filter.split(QUOTED).map((part, index) => {
    if (index % 2 === 1) return part;
    const unnumbered = part.replace(COMPARED, '').replace(LISTED, '');
    if (ELSEWHERE.test(unnumbered)) translatable = false;
    return part
      .replace(COMPARED, (_all, operator: string, number: string) => compared(operator, Number(number)))
      .replace(LISTED, (_all, list: string) => {
        const places = list.split(',').map((number) => place(Number(number)));
        return `frame.number in {${places.join(', ')}}`;
      });
  });
  return translatable ? parts.join('') : null;
}
