import type { Writable } from 'node:stream';
import { inertly } from '../../domain/inert-json.ts';
import { maskSecrets } from '../../domain/secrets.ts';
import type { Clock, Log } from '../../ports.ts';

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

/** JSON lines on the given stream (stderr: stdout belongs to results and JSON-RPC), with secrets taken out and nothing in them that a terminal obeys. */
export function createLog(options: { stream: Writable; level: Level; clock: Clock }): Log {
  const { stream, level, clock } = options;
  return (severity, message, fields = {}) => {
    if (LEVELS.indexOf(severity) >= LEVELS.indexOf(level)) {
      const entry = { at: new Date(clock.now()).toISOString(), level: severity, message, ...fields };
      stream.write(`${redact(serialise(entry))}\n`);
    }
  };
}

/** Logging is often the last thing that can still be done: it never throws, whatever it is given. */
function serialise(entry: { at: string; level: string; message: string }): string {
  try {
    return inertly(JSON.stringify(entry, plainErrors));
  } catch {
    const { at, level, message } = entry;
    return JSON.stringify({ at, level, message, note: 'its fields could not be written' });
  }
}

/**
 * Secrets go before JSON escapes the text around them. Errors have no enumerable fields of their own;
 * of an SDK's error only what helps is kept, not its request.
 */
function plainErrors(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) {
    return typeof value === 'string' ? maskSecrets(value) : value;
  }
  const { name, message, stack, cause } = value;
  const code = 'code' in value ? value.code : undefined;
  const statusCode = 'statusCode' in value ? value.statusCode : undefined;
  return { name, message, code, statusCode, stack, cause };
}

const SECRETS: [RegExp, string][] = [
  [/\b(sig|sv|se|AccountKey|client_secret)=[^&;\s"\\]+/gi, '$1=(redacted)'],
  [/\bBearer\s+[\w.~+/=-]+/gi, 'Bearer (redacted)'],
  [/\bsk-[\w-]{10,}/g, '(redacted)'],
  [/\beyJ[\w-]+\.[\w-]+\.[\w-]*/g, '(redacted)'],
];

/** The last net under every log line; nothing secret is meant to get this far. */
export function redact(text: string): string {
  return SECRETS.reduce((line, [pattern, replacement]) => line.replace(pattern, replacement), text);
}
