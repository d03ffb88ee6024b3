import type { Instance } from '../../domain/capture-plan.ts';

/** Tells by the name of a blob whose file it is; null where it tells of no instance, or of more than one. */
export type InstanceOf = (blobName: string) => string | null;

/**
 * What Azure adds to the asked name is not on record: the number or the name of an instance is looked for, whole,
 * behind the asked name or as a folder, and before the number that a ring adds. `stem` is the asked name without
 * its ending.
 */
export function instanceFinder(instances: readonly Instance[], stem: string): InstanceOf {
  const ids = new Map<string, Set<string>>();
  for (const { id, name } of instances) {
    for (const word of [id, name]) {
      const key = word.toLowerCase();
      ids.set(key, (ids.get(key) ?? new Set()).add(id));
    }
  }
  return (blobName) => {
    const found = new Set(beginnings(addition(blobName, stem)).flatMap((word) => [...(ids.get(word) ?? [])]));
    const [only] = found;
    return found.size === 1 && only !== undefined ? only : null;
  };
}

/** What stands behind the stem, or in its folder where the file is not called as asked; without the ending. */
function addition(blobName: string, stem: string): string {
  const folder = stem.slice(0, stem.lastIndexOf('/') + 1);
  const behind = blobName.startsWith(stem)
    ? blobName.slice(stem.length)
    : `/${blobName.slice(folder.length)}`;
  return behind
    .replace(/\.[A-Za-z][A-Za-z0-9]{0,9}$/, '')
    .replace(/^\.cap/i, '')
    .toLowerCase();
}

const EDGES = /[_/.-]/g;

/** Everything behind the first separator up to another one, and the whole; nothing where no separator comes first. */
function beginnings(added: string): string[] {
  const text = /^[_/.-](.*)$/s.exec(added)?.[1];
  return text === undefined
    ? []
    : [...[...text.matchAll(EDGES)].map(({ index }) => text.slice(0, index)), text];
}
