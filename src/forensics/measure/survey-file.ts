import type { CaptureInterface } from '../../domain/facts/capture.ts';
import { linkTypeName } from '../../packets/protocols.ts';
import { createCaptureReader, type CaptureEnd } from '../../packets/read-capture.ts';
import type { CaptureChunks } from '../../ports.ts';
import type { ReadingOutcome } from './facts.ts';

/** What the file says of itself beside its packets. */
export type FileStory = Required<Pick<ReadingOutcome, 'interfaces' | 'application'>>;

/** Interfaces in the words of the file, and the program that wrote it. */
export const storyOf = ({ recording: { application, recorders } }: CaptureEnd): FileStory => ({
  application,
  interfaces: recorders.map(({ linkType, snapLength, ...said }): CaptureInterface => ({
    ...said,
    linkType: linkTypeName(linkType),
    snapLength: snapLength === 0 ? null : snapLength,
  })),
});

/** Walks through the records of a small file for its story alone: no packet is decoded. Throws what the chunks throw. */
export async function surveyFile(chunks: CaptureChunks): Promise<FileStory> {
  const reader = createCaptureReader(() => undefined);
  for await (const chunk of chunks) {
    reader.push(chunk);
    if (reader.isOver()) break;
  }
  return storyOf(reader.end());
}
