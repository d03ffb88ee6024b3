import type { Tables } from './tables.ts';

const MIN_DUPLICATES = 10;
const DUPLICATE_SHARE = 0.05;

/** Whether so many frames were recorded twice that counts of repeated segments mean nothing. */
export function hasDuplicates({ quality }: Tables): boolean {
  return (
    quality.duplicates.count >= MIN_DUPLICATES &&
    quality.duplicates.count >= quality.comparable * DUPLICATE_SHARE
  );
}
