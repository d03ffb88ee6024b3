import { maskSecrets } from '../../domain/secrets.ts';

const MASK = '[masked]';
const QUESTION = /(?:passw(?:or[dt])?|kennwort|passcode|passphrase|pin)\W*$/i;

/** What tshark tells of a conversation, without what one side typed after the other had asked for a password. */
export function hideTyped(followed: string): string {
  const chunk = /(\t?)(\d+)\r?\n/y;
  const start = /^\t?\d+\r?$/m.exec(followed)?.index ?? followed.length;
  const kept = [followed.slice(0, start)];
  let asker: string | null = null;
  chunk.lastIndex = start;
  let at = start;
  for (let found = chunk.exec(followed); found !== null; found = chunk.exec(followed)) {
    const [head, side = '', length = ''] = found;
    const end = chunk.lastIndex + Number(length);
    const said = followed.slice(chunk.lastIndex, end);
    const isTyped = asker !== null && asker !== side;
    kept.push(head, isTyped ? said.replace(/[^\r\n]+/g, MASK) : said, '\n');
    if (isTyped && /[\r\n]/.test(said)) asker = null;
    else if (!isTyped && QUESTION.test(said)) asker = side;
    at = end + 1;
    chunk.lastIndex = at;
  }
  return [...kept, followed.slice(at)].join('');
}

const LONGEST_KEY_LINES = 200;

/** Masks strings one after the other; a private key may be spread over several, from its first line to its last. */
export function createKeyMask(hide: (text: string) => string): (text: string) => string {
  let left = 0;
  return (text) => {
    const isWithin = left > 0;
    if (isWithin) left = /-----END /.test(text) ? 0 : left - 1;
    else if (/-----BEGIN [A-Z ]*PRIVATE KEY/.test(text) && !/-----END /.test(text)) left = LONGEST_KEY_LINES;
    return isWithin && /^[\w+/=\\\s]+$/.test(text) ? MASK : hide(maskSecrets(text));
  };
}
