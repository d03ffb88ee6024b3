import type { CaptureFacts } from './facts.ts';
import { latencyText } from './report-overview.ts';
import { seconds } from './report-tables.ts';
import { codeSpan, inlineText, table } from './untrusted.ts';

type Section = (facts: CaptureFacts) => string[] | null;

/** What each protocol that was seen has to tell, a few lines each; protocols without traffic are left out. */
export function protocolDetails(facts: CaptureFacts): string[] {
  return SECTIONS.flatMap(([title, section]) => {
    const parts = section(facts);
    return parts === null || parts.length === 0 ? [] : [`### ${title}`, ...parts];
  });
}

interface Tallied {
  total: number;
  shown: { name: string; count: number }[];
}

/** "GET 12, POST 3 and 4 more". */
function tallied({ total, shown }: Tallied, most = 8): string {
  const rows = shown.slice(0, most).map(({ name, count }) => `${inlineText(name, 80)} ${count}`);
  return total > rows.length
    ? `${rows.join(', ')} and ${total - rows.length} more`
    : rows.join(', ') || 'none';
}

const ROWS = 10;

const dns: Section = ({ dns: { queries, servers, names, types } }) => {
  if (queries === 0 || servers === null) return null;
  const rows = servers.shown
    .slice(0, ROWS)
    .map((server) => [
      inlineText(server.server, 60),
      ...[server.clients, server.queries, server.responses, server.unanswered, server.failures].map(String),
      server.latency === null ? '–' : latencyText(server.latency),
    ]);
  const head = ['Server', 'Clients', 'Queries', 'Responses', 'Unanswered', 'Failures', 'Answer time'];
  return [
    table(head, rows),
    ...(types === null ? [] : [`- Types: ${tallied(types)}`]),
    ...(names === null ? [] : [`- Names asked for: ${tallied(names)}`]),
  ];
};

const tls: Section = ({ tls: facts }) => {
  if (facts === null) return null;
  const { ja3, ja4, names } = facts;
  const lines = [
    `- ${facts.clientHellos} client hellos, ${facts.serverHellos} server hellos`,
    `- Offered: ${tallied(facts.offered)}; chosen: ${tallied(facts.chosen)}`,
    `- Cipher suites chosen: ${tallied(facts.ciphers, 5)}; ALPN: ${tallied(facts.alpn, 5)}`,
    `- Alerts: ${tallied(facts.alerts)}`,
    `- Server names: ${tallied({ total: names.total, shown: names.shown.map(({ name, hellos }) => ({ name, count: hellos })) })}`,
    `- Client programs by JA4 (identifiers, no verdict): ${prints(ja4)}; by JA3: ${prints(ja3)}`,
  ];
  const rows = facts.certificates.shown
    .slice(0, ROWS)
    .map(({ server, names: own, issuer, notBefore, notAfter, validity, faults, shown }) => [
      inlineText(server, 60),
      inlineText(own.join(', '), 120) || '–',
      issuer === null ? '–' : inlineText(issuer, 80),
      `${day(notBefore)} to ${day(notAfter)}: ${validity}`,
      faults.length === 0 ? '–' : faults.join(', '),
      String(shown),
    ]);
  const head = ['Server', 'Certificate for', 'Issuer', 'Valid at packet time', 'Faults', 'Shown'];
  return [lines.join('\n'), ...(rows.length === 0 ? [] : [table(head, rows)])];
};

const day = (time: string | null): string => (time === null ? '?' : time.slice(0, 10));

const prints = ({ total, shown }: { total: number; shown: { value: string; hellos: number }[] }): string =>
  tallied({ total, shown: shown.map(({ value, hellos }) => ({ name: value, count: hellos })) }, 3);

const http: Section = ({ http: facts }) => {
  if (facts === null) return null;
  const classes = Object.entries(facts.statusClasses).filter(([, count]) => count > 0);
  return [
    [
      `- ${facts.requests} requests, ${facts.responses} responses: ${classes.map(([name, count]) => `${name} ${count}`).join(', ') || 'none'}`,
      `- Methods: ${tallied(facts.methods)}; statuses: ${tallied(facts.statuses)}`,
      `- Hosts: ${tallied(facts.hosts)}`,
      ...(facts.latency === null ? [] : [`- Answer time: ${latencyText(facts.latency)}`]),
    ].join('\n'),
  ];
};

const quic: Section = ({ quic: facts }) =>
  facts === null
    ? null
    : [`- ${facts.clientHellos} client hellos read; versions: ${tallied(facts.versions)}`];

const lan: Section = ({ dhcp, resolution }) => {
  if (dhcp === null && resolution === null) return null;
  const lines: string[] = [];
  if (resolution !== null) {
    lines.push(
      `- ARP: ${resolution.arpRequests} requests, ${resolution.arpReplies} replies, ${resolution.arpAddresses} addresses claimed; ` +
        `IPv6: ${resolution.neighbourSolicitations} solicitations, ${resolution.neighbourAdvertisements} neighbour and ${resolution.routerAdvertisements} router advertisements`,
      ...resolution.conflicts.shown
        .slice(0, 5)
        .map(
          ({ address, macs }) =>
            `- ${inlineText(address, 60)} is claimed by ${inlineText(macs.join(', '), 120)}`,
        ),
    );
  }
  if (dhcp !== null) {
    const servers = dhcp.servers.shown
      .slice(0, 5)
      .map(
        ({ server, offers, acknowledgements, refusals }) =>
          `${inlineText(server, 60)} (${offers} offers, ${acknowledgements} acks, ${refusals} naks)`,
      );
    lines.push(
      `- DHCP: ${tallied(dhcp.messages)}; ${dhcp.clients} clients; servers: ${servers.join(', ') || 'none answered'}`,
    );
  }
  return [lines.join('\n')];
};

const icmp: Section = ({ icmp: facts }) => {
  if (facts === null) return null;
  const rows = facts.errors.shown
    .slice(0, ROWS)
    .map(({ sort, reporter, told, originalTarget, originalProtocol, originalPort, messages }) => [
      sort,
      inlineText(reporter, 60),
      inlineText(told, 60),
      inlineText(
        `${originalTarget ?? '?'} ${originalProtocol}${originalPort === null ? '' : `/${originalPort}`}`,
        80,
      ),
      String(messages),
    ]);
  const line = `- By type/code: ${tallied(facts.messages)}`;
  return rows.length === 0
    ? [line]
    : [line, table(['Error', 'Reported by', 'To', 'About a packet to', 'Messages'], rows)];
};

const logins: Section = ({ logins: facts }) => {
  if (facts === null) return null;
  const { secrets, refused, accepted, ssh } = facts;
  const listed = (what: string, rows: typeof secrets): string[] =>
    rows.shown
      .slice(0, 5)
      .map(({ protocol, client, server, count }) =>
        inlineText(`${protocol}, ${client} → ${server}: ${count} ${what}`, 200),
      );
  const sessions = ssh.shown
    .slice(0, 5)
    .map(({ client, server, connections, serverSoftware }) =>
      inlineText(
        `SSH, ${client} → ${server}: ${connections} connections${serverSoftware === null ? '' : ` (server: ${serverSoftware})`}, outcome encrypted`,
        240,
      ),
    );
  const lines = [
    ...listed('packets with a password in the clear', secrets),
    ...listed('refused', refused),
    ...listed('accepted', accepted),
    ...sessions,
  ];
  return [lines.map((line) => `- ${line}`).join('\n')];
};

const windows: Section = ({ windows: facts }) => {
  if (facts === null) return null;
  const groups = Map.groupBy(facts.outcomes.shown, ({ protocol }) => protocol);
  const lines = [...groups].map(
    ([protocol, rows]) =>
      `- ${protocol}: ${tallied({ total: rows.length, shown: rows.map(({ result, count }) => ({ name: result, count })) })}`,
  );
  if (facts.controllers.total > 0)
    lines.push(`- Domain controllers: ${inlineText(facts.controllers.shown.join(', '), 300)}`);
  return [lines.join('\n')];
};

const voice: Section = ({ voice: facts }) => {
  if (facts === null) return null;
  const rows = facts.streams.shown
    .slice(0, ROWS)
    .map(({ source, target, packets, lost, meanJitterMs, seconds: lasting }) => [
      inlineText(source, 60),
      inlineText(target, 60),
      ...[packets, lost].map(String),
      meanJitterMs === null ? '–' : `${meanJitterMs} ms`,
      seconds(lasting),
    ]);
  const line = `- SIP requests: ${tallied(facts.methods)}; answers: ${tallied(facts.answers)}`;
  return rows.length === 0
    ? [line]
    : [line, table(['From', 'To', 'RTP packets', 'Lost', 'Mean jitter', 'Lasts'], rows)];
};

const wifi: Section = ({ wifi: facts }) => {
  if (facts === null) return null;
  const rows = facts.networks.shown
    .slice(0, ROWS)
    .map(({ bssid, ssid, frames, beacons, stations, deauthentications }) => [
      codeSpan(bssid, 20),
      ssid === null ? 'hidden' : inlineText(ssid, 60),
      ...[frames, beacons, stations, deauthentications].map(String),
    ]);
  const head = ['BSSID', 'SSID', 'Frames', 'Beacons', 'Stations', 'Deauthentications'];
  return [`- Frames: ${tallied(facts.frames)}`, ...(rows.length === 0 ? [] : [table(head, rows)])];
};

const industrial: Section = ({ industrial: facts }) => {
  if (facts === null) return null;
  const rows = facts.talks.shown
    .slice(0, ROWS)
    .map(({ protocol, client, server, packets, functions }) => [
      protocol,
      inlineText(client, 60),
      inlineText(server, 60),
      String(packets),
      tallied(functions),
    ]);
  return [table(['Protocol', 'Client', 'Server', 'Packets', 'Function code and times'], rows)];
};

const SECTIONS: readonly [string, Section][] = [
  ['DNS', dns],
  ['TLS', tls],
  ['HTTP', http],
  ['QUIC', quic],
  ['ARP, neighbour discovery and DHCP', lan],
  ['ICMP', icmp],
  ['Logins', logins],
  ['Windows networks', windows],
  ['Voice', voice],
  ['Wi-Fi', wifi],
  ['Industrial protocols', industrial],
];
