import type { Mishap } from '../control/mishaps.ts';

/** Who calls, once the token is checked, and what role it has in the open subscriptions. */
export interface Principal {
  readonly clientId: string;
  readonly objectId: string;
  readonly role: 'contributor' | 'reader' | 'none';
}

/** A request as handlers see it. */
export interface Call {
  readonly method: string;
  readonly url: URL;
  /** The part of the path that the route names so; percent-decoded. */
  param(name: string): string;
  /** The body, undecoded; empty where none came. */
  readonly body: string;
  /** Set by a fault: what goes wrong with the thing that this call starts, although the call itself is answered. */
  readonly mishap: Mishap | undefined;
}

/** An answer. `undefined` as body sends none; `null` sends the JSON word. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** Method and path pattern with what answers it; `:name` stands for one path segment. */
export interface Route {
  readonly method: string;
  readonly path: string;
  /** The permission that ARM asks for; routes of the identity platform need none. */
  readonly action?: string;
  readonly handle: (call: Call) => Reply | Promise<Reply>;
}

/** An answer in ARM's error form. */
export function armError(status: number, code: string, message: string, details?: readonly unknown[]): Reply {
  return { status, body: { error: { code, message, ...(details && { details }) } } };
}

/** The JSON of a body; undefined where it is none. */
export function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}
