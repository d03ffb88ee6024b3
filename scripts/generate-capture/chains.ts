import { signCertificate } from './messages/certificate.ts';
import { noiseOf, type Stage } from './stage.ts';

const LIFETIMES = [
  ['260101000000Z', '270401000000Z'],
  ['240101000000Z', '250101000000Z'],
] as const;

/** Chains of an issuer's and a server's certificate; of each four servers one is signed by itself, one out of date. */
export function createChains(stage: Stage): Uint8Array[][] {
  const issuerKey = noiseOf(stage, 32);
  return stage.world.sites.slice(0, 8).map(({ name }, index) => {
    const isSelfSigned = index % 4 === 1;
    const [from, until] = LIFETIMES[index % 4 === 2 ? 1 : 0];
    const others = Array.from({ length: 20 }, (_, n) => `alt${n}.${name}`);
    const wishes = { names: [name, ...others] as [string, ...string[]], from, until, serial: 1000 + index };
    if (isSelfSigned) return [signCertificate(issuerKey, { ...wishes, issuer: name })];
    const issuer = 'Example Works Root';
    const root = {
      names: [issuer] as [string],
      issuer,
      from: LIFETIMES[0][0],
      until: LIFETIMES[0][1],
      serial: 1,
    };
    return [signCertificate(issuerKey, { ...wishes, issuer }), signCertificate(issuerKey, root)];
  });
}
