import { measured, stated } from '../../../domain/confidence.ts';
import type { FindingDraft } from '../../../domain/finding.ts';
import { mergeEvidence } from '../bounded.ts';
import { draft, duration, grade, times, type Detector } from '../draft.ts';
import { all, between } from '../filter.ts';
import type { WebPair } from '../tables/web.ts';
import type { Tables } from '../tables.ts';

/** HTTP responses 4xx and 5xx, per server and client. */
export const httpError: Detector = { kind: 'http_error', detect: detectErrors };

/** A client that tries hundreds of paths, most of which do not exist. */
export const vulnScan: Detector = { kind: 'vuln_scan', detect: detectScan };

const FAILURES = 3;
const FAILURE_SHARE = 0.1;
const MOST = 0.5;
const SCANNED_PATHS = 100;
const MISSED_SHARE = 0.5;
const SECONDS_PER_REQUEST = 2;

/** Whether a client goes through a web server path by path, missing most. */
export const isVulnScan = ({ paths, clientErrors, responses, requests, firstAt, lastAt }: WebPair): boolean =>
  paths.size >= SCANNED_PATHS &&
  clientErrors.count >= responses * MISSED_SHARE &&
  lastAt - firstAt <= requests.count * SECONDS_PER_REQUEST;

function detectErrors({ web }: Tables): FindingDraft[] {
  const failing = web.filter(
    (pair) => pair.clientErrors.count + pair.serverErrors.count > 0 && !isVulnScan(pair),
  );
  return failing.map(({ client, server, ports, responses, clientErrors, serverErrors }) => {
    const evidence = mergeEvidence([clientErrors, serverErrors]);
    const grave =
      (serverErrors.count >= FAILURES && serverErrors.count >= responses * FAILURE_SHARE) ||
      (serverErrors.count > 0 && serverErrors.count >= responses * MOST);
    return draft('http_error', {
      title: `${server} answered ${client} with ${times(evidence.count, 'HTTP error')}`,
      severity: grade(
        [
          ['medium', grave],
          [
            'low',
            serverErrors.count > 0 ||
              clientErrors.count >= FAILURES ||
              clientErrors.count >= responses * MOST,
          ],
        ],
        'info',
      ),
      ...stated('the status codes of the answers'),
      actor: [server],
      target: [client],
      ports,
      evidence,
      filter: all(
        'http.response.code >= 400 && http.response.code < 600 && http.response.code != 401 && http.response.code != 407',
        between(server, client),
      ),
      explanation:
        `Of ${times(responses, 'response')}, ${serverErrors.count} were server errors (5xx) and ${clientErrors.count} client ` +
        `errors (4xx without log-in requests).`,
      alternatives: 'Links that lead nowhere, or probes for files that need not exist.',
      notChecked: 'Responses inside TLS.',
    });
  });
}

function detectScan({ web }: Tables): FindingDraft[] {
  return web
    .filter(isVulnScan)
    .map(({ client, server, ports, requests, paths, responses, clientErrors, firstAt, lastAt }) =>
      draft('vuln_scan', {
        title: `${client} tried ${paths.size} paths of the web server ${server}`,
        severity: 'high',
        ...measured(paths.size, SCANNED_PATHS, 'paths tried, most of which do not exist'),
        actor: [client],
        target: [server],
        ports,
        evidence: requests,
        filter: all('http.request.method', between(client, server)),
        explanation:
          `${requests.count} requests for ${paths.size} paths in ${duration(lastAt - firstAt)}, and ${clientErrors.count} of ` +
          `${responses} responses were errors: a scanner looks for weak spots.`,
        alternatives: 'A crawler that follows many dead links.',
        notChecked: 'Whether one of the attempts succeeded.',
      }),
    );
}
