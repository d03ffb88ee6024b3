/** What the first bytes of a file say that it is, whatever its name says. */
export type FileType =
  | 'windows-program'
  | 'unix-program'
  | 'flash'
  | 'java'
  | 'old-office'
  | 'zip'
  | 'pdf'
  | 'image'
  | 'page'
  | 'other';

const raw = String.raw;
const MAGIC: readonly (readonly [FileType, RegExp])[] = (
  [
    // The stub text or the PE header stands within the first kilobyte; two letters alone are too little.
    ['windows-program', raw`^MZ.{30,1000}?(This program|PE\x00\x00|Win32)`],
    ['unix-program', raw`^\x7fELF[\x01\x02][\x01\x02]\x01`],
    ['flash', raw`^[CFZ]WS[\x01-\x40]`],
    ['java', raw`^(PK\x03\x04.{26,400}?META-INF|\xca\xfe\xba\xbe\x00\x00\x00[\x2d-\x50])`],
    ['old-office', raw`^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1`],
    ['zip', raw`^PK\x03\x04`],
    ['pdf', '^%PDF-'],
    ['image', raw`^(GIF8|\x89PNG|\xff\xd8\xff|RIFF....WEBP)`],
    ['page', raw`^[ \t\r\n\xef\xbb\xbf]{0,20}(<!|<[A-Za-z]|\{|\[)`],
  ] as const
).map(([type, pattern]) => [type, new RegExp(pattern, 's')] as const);

/** The type of a file from its first bytes, one character per byte. */
export const fileTypeOf = (start: string): FileType =>
  MAGIC.find(([, expression]) => expression.test(start))?.[0] ?? 'other';

/** Files that can do harm: in words, and a pattern that finds their start behind headers or at the start of a packet. */
export const HARMFUL = {
  'windows-program': { words: 'a Windows program', pattern: raw`(^|\r\n)MZ` },
  'unix-program': { words: 'a Unix program', pattern: raw`(^|\r\n)\x7fELF` },
  'old-office': { words: 'an Office document that can hold macros', pattern: raw`(^|\r\n)\xd0\xcf\x11\xe0` },
} as const;
