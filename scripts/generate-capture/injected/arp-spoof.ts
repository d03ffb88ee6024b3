import type { Play } from '../schedule.ts';
import { pick, SECOND, type Stage } from '../stage.ts';
import { writeArp } from '../plays/small-talk.ts';

const REPLIES = 60;

/** The gateway answers once who it is; then another machine claims its address towards a victim, every second. */
export function* arpSpoof(stage: Stage): Play {
  const { random, world, truth } = stage;
  const attacker = pick(random, world.clients);
  const victim = pick(random, world.neighbours);
  writeArp(stage, 2, world.gateway, victim, victim.mac);
  for (let n = 0; n < REPLIES; n += 1) {
    yield SECOND;
    writeArp(stage, 2, { mac: attacker.mac, v4: world.gateway.v4 }, victim, victim.mac);
    truth.spoofedArpReplies += 1;
  }
}
