/**
 * How surprising each pair of letters is in names that people choose: -log2 of the chance that the second letter follows
 * the first, rounded; rows and columns a to z. Counted over 300,000 names of published software packages.
 */
const SURPRISE: readonly string[] = [
  '75457748497453849343566767',
  '36663777378367369456388859',
  '38674783594368259453588969',
  '35652667344667469556678879',
  '46455668788443758234766579',
  '47674478287367369455588849',
  '47672755389565369456488879',
  '26662788488667366564587969',
  '55444549897452459543859796',
  '18884898598869577828686999',
  '35552656377556558535577969',
  '37653779297468359745478969',
  '25463778498547338756588979',
  '47443538586675569732668879',
  '56447658676442459354565689',
  '37663775397378449354598949',
  '57666777688267757555177888',
  '37552768485656369544557959',
  '56443774486557547642667859',
  '36463674388667359445687859',
  '55644749498444859432899698',
  '37671768298768569765488889',
  '37662786398574369436898889',
  '46464667478547638652677559',
  '45455567677444538533576896',
  '37672775477567368666387854',
];

const A = 97;

/** Mean surprise of the letter pairs, in bits: 3 to 4.5 for names that people choose, near 6 for random letters; null where there is no pair. */
export function surpriseOf(name: string): number | null {
  const letters = name.toLowerCase().replaceAll(/[^a-z]/g, '');
  if (letters.length < 2) return null;
  let sum = 0;
  for (let at = 1; at < letters.length; at += 1)
    sum += Number(SURPRISE[letters.charCodeAt(at - 1) - A]?.[letters.charCodeAt(at) - A] ?? 0);
  return sum / (letters.length - 1);
}
