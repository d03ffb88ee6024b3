import { DNS_CODE, DNS_TYPE, dnsQuery, dnsResponse, httpsRecord } from '../messages/dns.ts';
import type { Play } from '../schedule.ts';
import { chance, MILLISECOND, pick, SECOND, type Stage } from '../stage.ts';
import { openUdp } from '../udp.ts';
import type { Maker } from './play.ts';

const TYPES = [DNS_TYPE.A, DNS_TYPE.A, DNS_TYPE.AAAA, DNS_TYPE.HTTPS] as const;
const PATIENCE = [SECOND, 2 * SECOND, 4 * SECOND] as const;

/** A name is looked up: most are answered, some do not exist, some servers fail, some never answer. */
export const lookUp: Maker = (stage) => ({ play: play(stage), bytes: 220 });

function* play(stage: Stage): Play {
  const { random, world, truth } = stage;
  const client = pick(random, world.clients);
  const site = pick(random, world.sites);
  const outcome = random.between(0, 1);
  const isMissing = outcome < 0.035;
  const name = isMissing ? `host${random.integer(100_000)}.${site.name}` : site.name;
  const question = { id: random.integer(65_536), name, type: pick(random, TYPES) };
  const isV6 = chance(random, 0.15);
  const datagrams = openUdp(stage, { client, server: world.resolver, port: 53, isV6 });

  datagrams.ask(dnsQuery(question));
  truth.dnsQueries += 1;
  if (outcome > 0.985) {
    for (const wait of PATIENCE) {
      yield wait;
      datagrams.ask(dnsQuery(question));
      truth.dnsQueries += 1;
    }
    truth.dnsUnanswered += 1;
    return;
  }
  const isFailing = outcome > 0.978;
  yield (
    world.resolver.roundTrip + (chance(random, 0.6) ? random.integer(900) : random.integer(45 * MILLISECOND))
  );
  const code = isMissing ? DNS_CODE.noSuchName : isFailing ? DNS_CODE.serverFailure : DNS_CODE.ok;
  const data =
    question.type === DNS_TYPE.HTTPS ? httpsRecord() : question.type === DNS_TYPE.A ? site.v4 : site.v6;
  datagrams.answer(dnsResponse(question, code, code === DNS_CODE.ok ? [data] : []));
  truth.dnsResponses += 1;
  if (isMissing) truth.dnsNoSuchName += 1;
  if (isFailing) truth.dnsServerFailure += 1;
}
