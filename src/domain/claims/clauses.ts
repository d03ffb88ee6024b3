/** Which part of a sentence a place is in: what stands behind a semicolon or "while" is about something else. */
export function clauseAt(text: string, at: number): number {
  return text.slice(0, at).match(/[;()]|, | - |\bwhile\b|\bwhereas\b|\bbut\b/g)?.length ?? 0;
}
