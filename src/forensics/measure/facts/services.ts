import type { CaptureFacts } from '../../../domain/facts.ts';
import { REFUSALS, SECRETS, signOf } from '../tables/login-signs.ts';
import type { LoginRow } from '../tables/logins.ts';
import type { RtpStream } from '../tables/rtp.ts';
import type { Tables } from '../tables.ts';
import { rounded, sum, top } from './figures.ts';

/** SIP and the streams that it announced; null where there was neither. */
export function voiceFacts({ callMessages, rtp }: Tables): CaptureFacts['voice'] {
  const methods = callMessages.methods.rows();
  const answers = callMessages.answers.rows();
  if (methods.length + answers.length + rtp.streams.length === 0) return null;
  const streams = rtp.streams.toSorted((a, b) => b.received - a.received).map(voiceStream);
  return { methods: top(methods, 12), answers: top(answers, 15), streams: top(streams, 20) };
}

const voiceStream = (stream: RtpStream) => ({
  source: stream.source,
  target: stream.target,
  packets: stream.received,
  lost: Math.max(stream.expected - stream.received, 0),
  meanJitterMs:
    stream.jitterSamples === 0 ? null : Math.round((stream.jitterSum / stream.jitterSamples) * 1e6) / 1e3,
  seconds: rounded(stream.lastAt - stream.firstAt),
});

/** What servers of Windows networks answered; null where there were none. */
export function windowsFacts({ outcomes, windows }: Tables): CaptureFacts['windows'] {
  if (outcomes.length === 0 && windows.controllers.size === 0) return null;
  const rows = outcomes
    .toSorted((a, b) => b.count - a.count)
    .map(({ servers, ...outcome }) => ({ ...outcome, servers: servers.size }));
  return { outcomes: top(rows, 30), controllers: top([...windows.controllers], 10) };
}

/** Logins in the clear, and SSH; null where there were none. What a secret was is nowhere kept. */
export function loginFacts({ logins, sessions }: Tables): CaptureFacts['logins'] {
  const { accepted, ssh } = sessions;
  if (logins.secrets.length + logins.refusals.length + accepted.length + ssh.length === 0) return null;
  const pairs = ssh
    .toSorted((a, b) => b.connections.size - a.connections.size)
    .map(({ client, server, connections, clientSoftware, serverSoftware }) => ({
      client,
      server,
      connections: connections.size,
      clientSoftware: clientSoftware === '' ? null : clientSoftware,
      serverSoftware: serverSoftware === '' ? null : serverSoftware,
    }));
  return {
    secrets: top(named(logins.secrets, SECRETS), 20),
    refused: top(named(logins.refusals, REFUSALS), 20),
    accepted: top(
      accepted.toSorted((a, b) => b.count - a.count),
      20,
    ),
    ssh: top(pairs, 20),
  };
}

const named = (rows: readonly LoginRow[], signs: typeof SECRETS) =>
  rows
    .toSorted((a, b) => b.seen.count - a.seen.count)
    .map(({ sign, client, server, seen }) => ({
      protocol: signOf(signs, sign)?.protocol ?? sign,
      client,
      server,
      count: seen.count,
    }));

/** Access points; null where nothing was recorded off the air. */
export function wifiFacts({ wifiNetworks: { networks, sorts }, wifi }: Tables): CaptureFacts['wifi'] {
  const frames = sorts.rows();
  if (frames.length === 0) return null;
  const sentBy = Map.groupBy(wifi.deauthentications, ({ sender }) => sender);
  const rows = networks
    .toSorted((a, b) => b.frames - a.frames)
    .map(({ bssid, ssid, stations, ...counts }) => ({
      ...counts,
      bssid,
      ssid: ssid === '' ? null : ssid,
      stations: stations.size,
      deauthentications: sum((sentBy.get(bssid) ?? []).map((row) => row.frames.count)),
    }));
  return { networks: top(rows, 20), frames: top(frames, 15) };
}

/** Who speaks industrial protocols to whom; null where nobody does. */
export function industrialFacts({ icsTalk }: Tables): CaptureFacts['industrial'] {
  if (icsTalk.length === 0) return null;
  const talks = icsTalk
    .toSorted((a, b) => b.packets - a.packets)
    .map(({ functions, ...talk }) => ({ ...talk, functions: top(functions.rows(), 10) }));
  return { talks: top(talks, 25) };
}
