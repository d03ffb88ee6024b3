/*
 * What counted things are called. Prose and measurement use different words for the same thing; a number is confirmed
 * only by one that counts the same.
 */

/** Words by their beginnings, first fit; `=` asks for the whole word. */
const BEGINNINGS: readonly (readonly [string, string])[] = [
  ['retransmi', 'retransmission'],
  ['resent', 'retransmission'],
  ['duplicat', 'duplicate'],
  ['unanswer', 'unanswered'],
  ['refus', 'refused'],
  ['reject', 'refused'],
  ['denie', 'refused'],
  ['establish', 'established'],
  ['success', 'accepted'],
  ['succeed', 'accepted'],
  ['accept', 'accepted'],
  ['fail', 'failed'],
  ['unsuccess', 'failed'],
  ['error', 'error'],
  ['quer', 'query'],
  ['lookup', 'query'],
  ['look-up', 'query'],
  ['request', 'request'],
  ['respon', 'response'],
  ['answer', 'response'],
  ['reply', 'response'],
  ['replie', 'response'],
  ['nxdomain', 'nxdomain'],
  ['servfail', 'servfail'],
  ['fragment', 'fragment'],
  ['handshake', 'handshake'],
  ['connection', 'connection'],
  ['session', 'connection'],
  ['conversation', 'conversation'],
  ['flow', 'conversation'],
  ['endpoint', 'endpoint'],
  ['host', 'endpoint'],
  ['machine', 'endpoint'],
  ['address', 'endpoint'],
  ['attempt', 'attempt'],
  ['probe', 'attempt'],
  ['tries', 'attempt'],
  ['tried', 'attempt'],
  ['login', 'login'],
  ['logon', 'login'],
  ['password', 'password'],
  ['credential', 'password'],
  ['alert', 'alert'],
  ['certificate', 'certificate'],
  ['message', 'message'],
  ['reset', 'reset'],
  ['=rst', 'reset'],
  ['=rsts', 'reset'],
  ['syn-ack', 'synack'],
  ['syn/ack', 'synack'],
  ['=syn', 'syn'],
  ['=syns', 'syn'],
  ['=ack', 'ack'],
  ['=acks', 'ack'],
  ['acknowledge', 'ack'],
  ['lost', 'lost'],
  ['loss', 'lost'],
  ['drop', 'lost'],
  ['missing', 'lost'],
  ['window', 'window'],
  ['out-of-order', 'order'],
  ['=order', 'order'],
  ['latenc', 'latency'],
  ['=rtt', 'latency'],
  ['round-trip', 'latency'],
  ['median', 'median'],
  ['=p50', 'median'],
  ['=p90', 'p90'],
  ['=p95', 'p95'],
  ['=p99', 'p99'],
  ['average', 'mean'],
  ['mean', 'mean'],
  ['maxim', 'max'],
  ['=max', 'max'],
  ['longest', 'max'],
  ['slowest', 'max'],
  ['peak', 'max'],
  ['largest', 'max'],
  ['minim', 'min'],
  ['=min', 'min'],
  ['fastest', 'min'],
  ['shortest', 'min'],
  ['fast', 'fast'],
  ['open', 'open'],
  ['closed', 'closed'],
  ['silent', 'silent'],
  ['stall', 'stalled'],
  ['half-open', 'halfopen'],
  ['=port', 'port'],
  ['=ports', 'port'],
  ['=path', 'path'],
  ['=paths', 'path'],
  ['=url', 'path'],
  ['=urls', 'path'],
  ['=file', 'file'],
  ['=files', 'file'],
  ['upload', 'upload'],
  ['download', 'download'],
  ['beacon', 'beacon'],
  ['packet', 'packet'],
  ['frame', 'packet'],
  ['datagram', 'packet'],
  ['segment', 'segment'],
  ['finding', 'finding'],
  ['issue', 'finding'],
  ['problem', 'finding'],
  ['=name', 'name'],
  ['=names', 'name'],
  ['domain', 'name'],
  ['=sent', 'sent'],
  ['=send', 'sent'],
  ['=sends', 'sent'],
  ['receiv', 'received'],
  ['server', 'server'],
  ['client', 'client'],
  ['account', 'account'],
  ['user', 'account'],
  ['critical', 'critical'],
  ['=high', 'high'],
  ['=medium', 'medium'],
  ['=low', 'low'],
  ['protocol', 'protocol'],
  ['offer', 'offer'],
  ['duration', 'duration'],
  ['last', 'duration'],
];

/** Concepts that say how a value was taken out of many; they never stand for one another. */
export const STATISTICS: ReadonlySet<string> = new Set(['median', 'mean', 'max', 'min', 'p90', 'p95', 'p99']);

/** Words so general that a number may be confirmed by one that is called more exactly. */
const GENERAL: ReadonlySet<string> = new Set([
  'packet',
  'segment',
  'message',
  'sent',
  'received',
  'server',
  'client',
  'duration',
]);

/** What a word stands for, or null where it counts nothing. */
export function conceptOf(word: string): string | null {
  const lower = word.toLowerCase();
  const found = BEGINNINGS.find(([begin]) =>
    begin.startsWith('=') ? lower === begin.slice(1) : lower.startsWith(begin),
  );
  return found?.[1] ?? null;
}

/** All concepts of a text. */
export function conceptsIn(text: string): Set<string> {
  const words = text
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/\b(?:no|any|without) (?:answer|response|reply)/gi, 'unanswered')
    .replace(/\bnever answered|\bnobody answer\w*|\bleft\b.*\bwithout an answer/gi, 'unanswered')
    .split(/[^\p{L}\p{N}/-]+/u);
  return new Set(words.map(conceptOf).filter((concept) => concept !== null));
}

/** What a claim must find again in its evidence: general words only where there is nothing better. */
export function required(concepts: ReadonlySet<string>): Set<string> {
  const exact = [...concepts].filter((concept) => !GENERAL.has(concept));
  return new Set(exact.length > 0 ? exact : [...concepts].filter((concept) => concept !== 'duration'));
}
