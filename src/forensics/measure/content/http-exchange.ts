import { fileTypeOf, type FileType } from './file-magic.ts';

/** One HTTP/1 request and what came back, from the first bytes of both. */
export interface HttpExchange {
  stream: number;
  client: string;
  server: string;
  port: number;
  method: string;
  uri: string;
  host: string;
  agent: string;
  referer: string;
  /** What the client says that it posts. */
  postedType: string;
  /** First bytes of what the client posted. */
  posted: string;
  requestFrame: number;
  requestAt: number;
  /** 0 where no answer was seen. */
  status: number;
  contentType: string;
  /** Name under which the server offers the file. */
  offeredAs: string;
  content: FileType | null;
  /** Where the content begins; 0 where none was seen. */
  contentFrame: number;
}

/** The path of a request, without what is asked of it. */
export const pathOf = (uri: string): string => uri.split(/[?#]/)[0] ?? '';

const ADDRESS_AS_HOST = /^(\d{1,3}(\.\d{1,3}){3}|\[[\da-f:]+\])(:\d+)?$/i;

/** Whether the client asks for an address instead of a name. */
export const isNameless = ({ host }: HttpExchange): boolean => ADDRESS_AS_HOST.test(host);

/** Who the two ends are, and where we are. */
export interface Place {
  stream: number;
  client: string;
  server: string;
  port: number;
  frame: number;
  at: number;
}

/** How far the exchange under way has been read. */
export interface HttpState {
  exchange: HttpExchange;
  expects: 'answer' | 'headers' | 'content' | 'nothing';
}

const REQUEST = /^([A-Z]{3,10}) (\S{1,2000}) HTTP\/1\.[01]\r\n/;
const MAX_URI = 400;
const MAX_VALUE = 200;

/** Starts an exchange where a packet of the client begins with a request; null where it does not. */
export function startExchange(payload: string, place: Place): HttpState | null {
  const request = REQUEST.exec(payload);
  if (request === null) return null;
  const [head, body] = split(payload);
  const { frame, at, ...ends } = place;
  return {
    expects: 'answer',
    exchange: {
      ...ends,
      method: request[1] ?? '',
      uri: (request[2] ?? '').slice(0, MAX_URI),
      host: header(head, HOST),
      agent: header(head, USER_AGENT),
      referer: header(head, REFERER),
      postedType: header(head, CONTENT_TYPE).toLowerCase(),
      posted: (body ?? '').slice(0, MAX_VALUE),
      requestFrame: frame,
      requestAt: at,
      status: 0,
      contentType: '',
      offeredAs: '',
      content: null,
      contentFrame: 0,
    },
  };
}

/** Reads a packet of the server: status line, headers, and the first bytes of the content. */
export function hearAnswer(state: HttpState, payload: string, frame: number): void {
  const { exchange } = state;
  if (state.expects === 'answer') {
    const status = /^HTTP\/1\.[01] ([1-5]\d\d)/.exec(payload)?.[1];
    if (status === undefined || status === '100') return;
    exchange.status = Number(status);
    state.expects = 'headers';
  }
  if (state.expects === 'headers') {
    const [head, body] = split(payload);
    exchange.contentType ||= header(head, CONTENT_TYPE).split(';')[0]?.trim().toLowerCase() ?? '';
    exchange.offeredAs ||=
      /filename\*?=\x22?([^\x22;\r\n]{1,100})/i.exec(header(head, CONTENT_DISPOSITION))?.[1] ?? '';
    if (body === null) return;
    state.expects = 'content';
    if (body !== '') hearContent(state, body, frame);
  } else if (state.expects === 'content') {
    hearContent(state, payload, frame);
  }
}

function hearContent(state: HttpState, body: string, frame: number): void {
  // A chunked body begins with the length of its first chunk.
  const content = body.replace(/^[0-9a-fA-F]{1,8}\r\n/, '');
  if (content === '') return;
  state.exchange.content = fileTypeOf(content.slice(0, 1_400));
  state.exchange.contentFrame = frame;
  state.expects = 'nothing';
}

/** Headers, and what follows them; null where they do not end in this packet. */
function split(payload: string): [string, string | null] {
  const end = payload.indexOf('\r\n\r\n');
  return end < 0 ? [payload, null] : [payload.slice(0, end + 2), payload.slice(end + 4)];
}

const field = (name: string): RegExp => new RegExp(String.raw`\r\n${name}:[ \t]{0,10}([^\r\n]{1,400})`, 'i');
const HOST = field('host');
const USER_AGENT = field('user-agent');
const REFERER = field('referer');
const CONTENT_TYPE = field('content-type');
const CONTENT_DISPOSITION = field('content-disposition');

const header = (head: string, named: RegExp): string => (named.exec(head)?.[1] ?? '').slice(0, MAX_VALUE);
