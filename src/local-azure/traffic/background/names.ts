import { lookUp } from '../messages/exchange.ts';
import type { World } from '../world.ts';

const known: readonly (readonly [string, string])[] = [
  ['api.partner.example', '192.0.2.40'],
  ['packages.mirror.example', '192.0.2.61'],
  ['db-01.internal.capwright.example', '10.0.1.20'],
  ['time.provider.example', '192.0.2.123'],
  ['login.provider.example', '192.0.2.70'],
];

/** Ordinary look-ups that succeed, for both address families. */
export function playNames(world: World, at: number): void {
  const random = world.random.fork(`names ${at}`);
  known.forEach(([name, address], index) => {
    const start = at + index * 0.11 + random.between(0, 0.05);
    lookUp(world, { at: start, name, addresses: [address] });
    lookUp(world, { at: start + 3e-4, name, type: 'AAAA', addresses: [`2001:db8:40::${index + 1}`] });
  });
}
