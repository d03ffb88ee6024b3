import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { ClientRequest } from 'node:http';
import { z } from 'zod';

const Created = z.object({ request: z.instanceof(ClientRequest) });

/** The calls of a session to the Docker engine, by what they ask for. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/^POST .*\/containers\/create\b/, 'create'],
  [/^POST .*\/attach\b/, 'attach'],
  [/^POST .*\/containers\/\w+\/start\b/, 'start'],
  [/^POST .*\/containers\/\w+\/exec\b/, 'exec, made'],
  [/^POST .*\/exec\/\w+\/start\b/, 'exec, started'],
  [/^GET .*\/exec\/\w+\/json\b/, 'exec, inspected'],
  [/^DELETE .*\/containers\//, 'remove'],
];

/** Tells how long each call to the Docker engine waits for its answer, from now until the function it gives is called. */
export function watchEngineCalls(onCall: (kind: string, ms: number) => void): () => void {
  const created = (message: unknown): void => {
    const { request } = Created.parse(message);
    const line = `${request.method} ${request.path}`;
    const kind = KINDS.find(([pattern]) => pattern.test(line))?.[1];
    if (kind === undefined) return;
    const start = performance.now();
    const answered = (): void => onCall(kind, performance.now() - start);
    request.once('response', answered).once('upgrade', answered);
  };
  subscribe('http.client.request.created', created);
  return () => unsubscribe('http.client.request.created', created);
}
