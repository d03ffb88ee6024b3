import { hinted, inferred } from '../../../domain/confidence.ts';
import type { FindingDraft, Severity } from '../../../domain/finding.ts';
import { evidenceOf } from '../bounded.ts';
import { isNameless, type HttpExchange } from '../content/http-exchange.ts';
import { matches } from '../content/sign.ts';
import { draft, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import { isPrivate } from '../private-address.ts';
import type { Tables } from '../tables.ts';

/** POSTs that look like a malicious program, not like a browser. */
export const malwareC2Http: Detector = { kind: 'malware_c2', detect: detectCallHome };

/** What services that are no web pages exchange: certificates' status, time stamps, remote calls. */
const SERVICE_TYPE = /ocsp|timestamp|soap|xml|json|grpc|protobuf/;

/** What speaks against a POST, each with the weight of one. */
function suspicions(exchange: HttpExchange): string[] {
  const { method, uri, server, port, agent, referer, content, posted, postedType } = exchange;
  const told: [boolean, string][] = [
    [isNameless(exchange) && !isPrivate(server), 'the server has no name'],
    [![80, 8080, 8000, 443].includes(port), `the port ${port} is no usual one`],
    [referer === '', 'no page leads to it'],
    [isStale(agent), 'the browser named is none of our time'],
    [agent === '', 'no program is named'],
    [
      /^\/[A-Za-z0-9]{12,40}(\/|$)/.test(uri) && /\d/.test(uri) && /[A-Z].*[a-z]|[a-z].*[A-Z]/.test(uri),
      'the address looks drawn by lot',
    ],
    [
      content === 'other' || content === 'windows-program' || (posted !== '' && isBinary(posted)),
      'the content is binary',
    ],
  ];
  return method === 'POST' && !SERVICE_TYPE.test(postedType)
    ? told.filter(([holds]) => holds).map(([, words]) => words)
    : [];
}

/** Internet Explorer 6 to 8 on a Windows that never had it, as malicious programs claim. */
const isStale = (agent: string): boolean => /MSIE [678]\.\d.{0,20}Windows NT (10|6\.[23])/.test(agent);

function isBinary(bytes: string): boolean {
  return bytes.replaceAll(/[\t\r\n -~]/g, '').length > bytes.length * 0.3;
}

const DAMNING = 4;

function detectCallHome({ contents }: Tables): FindingDraft[] {
  const suspect = contents.exchanges
    .map((exchange) => ({ exchange, why: suspicions(exchange) }))
    .filter(
      ({ exchange, why }) => isNameless(exchange) && !isPrivate(exchange.server) && why.length >= DAMNING,
    );
  const groups = Map.groupBy(suspect, ({ exchange }) => `${exchange.client} ${exchange.server}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { client, server } = first.exchange;
    const why = [...new Set(group.flatMap((one) => one.why))];
    const severity: Severity = why.length > DAMNING || group.length > 1 ? 'high' : 'medium';
    return [
      draft('malware_c2', {
        title: `${client} posts to ${server} like a malicious program`,
        severity,
        ...(why.length > DAMNING
          ? inferred(`${why.length} traits of malicious programs come together`)
          : hinted(`${why.length} traits come together, as few as count`)),
        actor: [client],
        target: [server],
        ports: group.map(({ exchange }) => exchange.port),
        evidence: evidenceOf(group.map(({ exchange }) => exchange.requestFrame)),
        filter: all(between(client, server), matches('tcp', '^POST /')),
        explanation: `${times(group.length, 'POST')}: ${why.join(', ')}. Together that is how bots report to their server.`,
        alternatives: 'An appliance or a program of your own that talks to a server by its address.',
        notChecked: 'What was posted; bots encrypt it.',
      }),
    ];
  });
}
