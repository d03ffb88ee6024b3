import { Readable } from 'node:stream';
import type { BlobClient } from '@azure/storage-blob';
import { errorFacts } from './error-facts.ts';

/** A blob at one moment; `etag` changes whenever its bytes may have. */
export interface BlobProperties {
  size: number;
  etag: string;
  /** MD5 of the whole blob, where whoever uploaded it stored one. */
  md5: Uint8Array | null;
}

/** A blob as the download loop needs it. */
export interface BlobSource {
  /** Without a query: it is no secret. */
  readonly url: string;
  /** Null where the blob doesn't exist. */
  properties(signal: AbortSignal): Promise<BlobProperties | null>;
  /** The bytes from `offset` on, exactly `count` of them; fails with status 412 where the etag is no longer this. */
  read(offset: number, count: number, etag: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

/** A blob read through the SDK, without the SDK's own resuming, which gives up at the first cut. */
export function sdkBlobSource(blob: BlobClient): BlobSource {
  return {
    url: blob.url.split('?')[0] ?? '',
    properties: async (abortSignal) => {
      try {
        const found = await blob.getProperties({ abortSignal });
        return { size: found.contentLength ?? 0, etag: found.etag ?? '', md5: found.contentMD5 ?? null };
      } catch (error) {
        if (errorFacts(error).status === 404) {
          return null;
        }
        throw error;
      }
    },
    read: async (offset, count, etag, abortSignal) => {
      const conditions = { ifMatch: etag };
      const answer = await blob.download(offset, count, { abortSignal, conditions, maxRetryRequests: 0 });
      const body = answer.readableStreamBody;
      // The SDK's stream fails on its own when the connection is cut, and ends the process if nobody listens yet.
      body?.on('error', () => undefined);
      const starts = answer.contentRange?.startsWith(`bytes ${offset}-`) ?? offset === 0;
      if (!starts || body === undefined) {
        if (body instanceof Readable) {
          body.destroy();
        }
        throw Object.assign(new Error('the answer is not the range asked for'), { code: 'PARSE_ERROR' });
      }
      return bytes(body);
    },
  };
}

async function* bytes(body: NodeJS.ReadableStream): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  }
}
