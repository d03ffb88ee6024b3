import { latin1 } from '../bytes.ts';
import { layer } from '../layers.ts';
import { tlsIfAgreed } from './tls.ts';
import { hear, hearLayer, HIDDEN, type Dialogue, type Heard, type MessageReader } from './heard.ts';

const HTTP = layer('http');
const FORM = layer('urlencoded-form');
const LONGEST_HEAD = 65_536;
const LONGEST_FORM = 8192;
const LONGEST_CHUNK_LINE = 1024;
const MOST_WAITING = 64;
const UPPER_A = 0x41;
const UPPER_Z = 0x5a;
const START =
  /^(?:GET|POST|HEAD|PUT|DELETE|OPTIONS|CONNECT|TRACE|PATCH|PROPFIND|PROPPATCH|MKCOL|COPY|MOVE|LOCK|UNLOCK|NOTIFY|SUBSCRIBE|UNSUBSCRIBE|M-SEARCH|REPORT|SEARCH|RPC_IN_DATA|RPC_OUT_DATA|HTTP\/1)[ .]/;

interface Head {
  method: string | null;
  uri: string;
  status: number;
  host: string;
  /** How the client proves who it is, without its secrets; '' where it does not. */
  scheme: string;
  isForm: boolean;
  /** Bytes of body; -1 where the end of the connection ends it, -2 where it comes in chunks. */
  body: number;
}

const UNTIL_END = -1;
const CHUNKED = -2;

/** HTTP/1 (RFC 9112). A message is told when its last byte has come, as tshark does. */
export function createHttpReader(dialogue: Dialogue): MessageReader {
  let head: Head | null = null;
  let left = 0;
  let form = '';

  const complete = (heard: Heard): void => {
    if (head !== null) tell(heard, head, form);
    head = null;
    form = '';
  };
  const takeHead = (bytes: Uint8Array, start: number, end: number, heard: Heard): number => {
    const behind = endOfHead(bytes, start, end);
    if (behind < 0) return end - start > LONGEST_HEAD || !isHttpStart(bytes, start, end) ? -1 : 0;
    head = readHead(latin1(bytes, start, behind), dialogue);
    if (head === null) return -1;
    left = head.body === CHUNKED ? 0 : head.body;
    if (head.body === 0) complete(heard);
    return behind - start;
  };
  const takeBody = (bytes: Uint8Array, start: number, end: number, heard: Heard): number => {
    const count = left === UNTIL_END ? end - start : Math.min(left, end - start);
    if (head?.isForm === true && form.length < LONGEST_FORM)
      form += latin1(bytes, start, start + Math.min(count, LONGEST_FORM));
    if (left !== UNTIL_END) left -= count;
    if (left === 0 && head?.body !== CHUNKED) complete(heard);
    return count;
  };
  /** The line in front of a chunk; the chunk's own line end counts as a part of it. */
  const takeChunkLine = (bytes: Uint8Array, start: number, end: number, heard: Heard): number => {
    const newline = bytes.indexOf(10, start);
    if (newline < 0 || newline >= end) return end - start > LONGEST_CHUNK_LINE ? -1 : 0;
    const size = /^([\da-f]{1,8})\s*(?:;.*)?\r?$/i.exec(latin1(bytes, start, newline))?.[1];
    if (size === undefined) return -1;
    const length = Number.parseInt(size, 16);
    if (length > 0) left = length + 2;
    else {
      // Behind the last chunk come trailers, in practice one empty line.
      const behind = newline + 1 + 2;
      if (behind > end) return 0;
      complete(heard);
      return behind - start;
    }
    return newline + 1 - start;
  };

  return {
    begins: isHttpStart,
    pending: () => form.length,
    successor: (bytes, start, end) => (head === null ? tlsIfAgreed(dialogue, bytes, start, end) : null),
    take: (bytes, start, end, heard) => {
      if (head === null) return takeHead(bytes, start, end, heard);
      return left === 0 ? takeChunkLine(bytes, start, end, heard) : takeBody(bytes, start, end, heard);
    },
    cutShort: (held, heard) => {
      const newline = held.indexOf(10);
      if (head === null && newline > 0) head = readHead(latin1(held, 0, newline), dialogue);
      complete(heard);
      left = 0;
    },
    finish: (heard) => {
      if (left === UNTIL_END) complete(heard);
    },
  };
}

/** Whether a request or response can begin here. */
export function isHttpStart(bytes: Uint8Array, start: number, end: number): boolean {
  const first = bytes[start] ?? 0;
  return first >= UPPER_A && first <= UPPER_Z && START.test(latin1(bytes, start, Math.min(end, start + 14)));
}

function endOfHead(bytes: Uint8Array, start: number, end: number): number {
  for (let at = bytes.indexOf(10, start); at >= 0 && at < end; at = bytes.indexOf(10, at + 1)) {
    if (at + 1 < end && bytes[at + 1] === 10) return at + 2;
    if (at + 2 < end && bytes[at + 1] === 13 && bytes[at + 2] === 10) return at + 3;
  }
  return -1;
}

function readHead(text: string, dialogue: Dialogue): Head | null {
  const [line = '', ...lines] = text.split('\n');
  const first = line.endsWith('\r') ? line.slice(0, -1) : line;
  const headers = readHeaders(lines);
  const header = (name: string): string => headers.get(name) ?? '';
  const status = /^HTTP\/1\.\d (\d{3})/.exec(first)?.[1];
  const [method = '', uri = ''] = first.split(' ');
  if (status === undefined && (!/^[A-Z_-]{3,20}$/.test(method) || uri === '')) return null;
  const head: Head = {
    method: status === undefined ? method : null,
    uri,
    status: Number(status ?? 0),
    host: header('host'),
    scheme: schemeOf(header('authorization')),
    isForm: /^application\/x-www-form-urlencoded/i.test(header('content-type')),
    body: 0,
  };
  head.body = bodyOf(head, header('transfer-encoding'), header('content-length'), dialogue);
  return head;
}

const WANTED = new Set(['host', 'authorization', 'content-type', 'transfer-encoding', 'content-length']);

/** What the first header of each wanted name says. */
function readHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const name = line.slice(0, Math.max(line.indexOf(':'), 0)).toLowerCase();
    if (WANTED.has(name) && !headers.has(name)) headers.set(name, line.slice(name.length + 1).trim());
  }
  return headers;
}

/** The name of the scheme, and of NTLM also that this is its message with the proof (MS-NLMP, type 3). */
const schemeOf = (authorization: string): string =>
  /^(?:(?:NTLM|Negotiate) TlRMTVNTUAAD|[A-Za-z]{1,20} )/i.exec(authorization)?.[0] ?? '';

/** How the end of the body is known (RFC 9112, section 6.3). */
function bodyOf({ method, status }: Head, encoding: string, length: string, dialogue: Dialogue): number {
  const { methods } = dialogue;
  if (method !== null && methods.length < MOST_WAITING) methods.push(method);
  const asked = method === null && status >= 200 ? methods.shift() : undefined;
  if (method === null && (status < 200 || status === 204 || status === 304 || asked === 'HEAD')) return 0;
  // From here on the proxy passes on whatever comes.
  if (asked === 'CONNECT' && status < 300) {
    dialogue.secure = 'agreed';
    return 0;
  }
  if (/chunked/i.test(encoding)) return CHUNKED;
  if (/^\d{1,15}$/.test(length)) return Number(length);
  return method === null ? UNTIL_END : 0;
}

function tell(heard: Heard, { method, uri, status, host, scheme, isForm }: Head, form: string): void {
  hearLayer(heard, HTTP);
  if (method === null) {
    hear(heard, 'http.response.code', String(status));
  } else {
    hear(heard, 'http.request.method', method);
    hear(heard, 'http.request.uri', uri);
    if (host !== '') hear(heard, 'http.host', host);
  }
  if (scheme !== '') hear(heard, 'http.authorization', `${scheme}${HIDDEN}`);
  if (/^basic/i.test(scheme)) hear(heard, 'http.authbasic', HIDDEN);
  if (!isForm || form === '') return;
  hearLayer(heard, FORM);
  for (const pair of form.split('&').slice(0, 50))
    hear(heard, 'urlencoded-form.key', decoded(pair.split('=')[0] ?? ''));
}

function decoded(key: string): string {
  return key
    .replaceAll('+', ' ')
    .replaceAll(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
