import { ADWARE_SIGNS } from './adware-signs.ts';
import { EVIDENCE_SIGNS } from './evidence-signs.ts';
import { EXPLOIT_SIGNS } from './exploit-signs.ts';
import { KNOWN_HOLES } from './known-holes.ts';
import { MALWARE_SIGNS } from './malware-signs.ts';
import { MALWARE_WEB_SIGNS } from './malware-web-signs.ts';
import { PROGRAM_SIGNS } from './program-signs.ts';
import { REFUSAL_SIGNS, SECRET_SIGNS } from './secret-signs.ts';
import { SHELL_SIGNS } from './shell-signs.ts';
import type { ContentSign } from './sign.ts';
import { WEB_SIGNS } from './web-signs.ts';

/** Everything that the content of one packet can show. */
export const CONTENT_SIGNS: readonly ContentSign[] = [
  ...EXPLOIT_SIGNS,
  ...KNOWN_HOLES,
  ...WEB_SIGNS,
  ...SHELL_SIGNS,
  ...PROGRAM_SIGNS,
  ...MALWARE_SIGNS,
  ...MALWARE_WEB_SIGNS,
  ...ADWARE_SIGNS,
  ...SECRET_SIGNS,
  ...REFUSAL_SIGNS,
  ...EVIDENCE_SIGNS,
];
