import { DNS_CODE, DNS_TYPE, dnsQuery, dnsResponse, textRecord } from '../messages/dns.ts';
import type { Play } from '../schedule.ts';
import { MILLISECOND, noiseOf, pick, type Stage } from '../stage.ts';
import { openUdp } from '../udp.ts';

const QUERIES = 300;

/** Data leaves in the labels of names that are asked for once, and comes in as text records. */
export function* dnsTunnel(stage: Stage): Play {
  const { random, world, truth } = stage;
  const client = pick(random, world.clients);
  for (let n = 0; n < QUERIES; n += 1) {
    yield 200 * MILLISECOND + random.integer(100 * MILLISECOND);
    const labels = [0, 1, 2].map(() => Buffer.from(noiseOf(stage, 24 + random.integer(5))).toString('hex'));
    const name = `${n}.${labels.join('.')}.t.tunnel-example.net`;
    const question = { id: random.integer(65_536), name, type: DNS_TYPE.TXT };
    const { ask, answer } = openUdp(stage, { client, server: world.resolver, port: 53, isV6: false });
    ask(dnsQuery(question));
    truth.dnsQueries += 1;
    truth.tunnelQueries += 1;
    yield 20 * MILLISECOND;
    answer(dnsResponse(question, DNS_CODE.ok, [textRecord(Buffer.from(noiseOf(stage, 60)).toString('hex'))]));
    truth.dnsResponses += 1;
  }
}
