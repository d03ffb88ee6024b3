/** Controls, format and other unseen characters, and where HTML begins: what a viewer might obey. */
const ALIVE = /[\u007f-\u009f\u2028\u2029\p{Cf}\p{Default_Ignorable_Code_Point}]|<(?=[\p{L}/!?&])/gu;

/**
 * JSON of the same value in which no terminal, page or editor finds anything to obey, whatever its strings hold: such
 * characters are written as JSON's own escapes.
 */
export function inertJson(value: unknown, indent?: number): string {
  return inertly(JSON.stringify(value, null, indent));
}

/** The same for JSON that was already written: its text may change, its meaning does not. */
export const inertly = (json: string): string => json.replace(ALIVE, escaped);

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
