import type { ContentSign } from './sign.ts';

const raw = String.raw;
const REQUEST = raw`^(GET|POST|HEAD|PUT|OPTIONS) [^\r\n]{0,2000}?`;
const SPACE = raw`([+]|%20|%09|\$\{IFS\}|\$IFS)`;
const GAP = raw`([+ ]|%20){1,4}`;
const QUOTE = raw`(%27|')`;

const inRequest = (
  name: string,
  pattern: string,
  source: string,
  more: Partial<ContentSign> = {},
): ContentSign => ({
  kind: 'web_attack',
  name,
  severity: 'high',
  actor: 'sender',
  over: 'tcp',
  pattern: `${REQUEST}${pattern}`,
  anyCase: true,
  from: 'client',
  source,
  ...more,
});

/** Requests that only an attack on a web application makes, seen in the first packet of the request. */
export const WEB_SIGNS: readonly ContentSign[] = [
  inRequest(
    'a system command in a parameter',
    `(;|%3b|[|]|%7c|%26%26|&&|%60|\\x60|[$][(])${SPACE}{0,3}(cat|uname|wget|curl|ping|nc|bash|sh|whoami|ls|rm|chmod|tftp|echo|powershell|busybox|cd)${SPACE}`,
    'OWASP command injection, CWE-78',
  ),
  inRequest(
    'the name of a command interpreter',
    raw`(/winnt/system32/|cmd\.exe([?]|%3f)|/bin/(ba)?sh([ +]|%20)|xp_cmdshell)`,
    'CWE-78; Nimda',
  ),
  inRequest(
    'PHP settings or code',
    raw`(allow_url_include|auto_prepend_file|<[?]php|%3c%3fphp|phpunit/[^ ]{0,60}eval-stdin|invokefunction&|base64_decode(%28|[(])|php(:|%3a)(/|%2f){2}(input|filter))`,
    'CVE-2012-1823, CVE-2017-9841, CWE-94',
  ),
  inRequest(
    'an expression that the framework runs',
    raw`(@java\.lang\.(Runtime|ProcessBuilder)|ognl\.OgnlContext|class\.module\.classLoader|(%23|#)_memberAccess)`,
    'CVE-2017-5638, CVE-2022-22965',
  ),
  inRequest(
    'a file of somebody else to include',
    raw`=(https?|ftp)(:|%3a)(/|%2f){2}[^ &]{1,100}\.(txt|gif|jpe?g|php)[?]{1,2} HTTP`,
    'OWASP remote file inclusion',
  ),
  inRequest(
    'a command for a router',
    raw`(todo=syscmd|/GponForm/diag_Form|/HNAP1/? [^\r\n]{0,40}\r\n.{0,400}SOAPAction:[^\r\n]{0,80}\x60)`,
    'exploits that Mirai carries',
  ),
  inRequest(
    'a path to a file of the system',
    raw`(\.\.|%2e%2e|%c0%ae|%252e)(/|%2f|%5c|\x5c|%c0%af|%c1%1c|%255c).{0,120}(etc(/|%2f)(passwd|shadow)|win\.ini|boot\.ini|system32)`,
    'CWE-22',
    { kind: 'web_attack_traversal' },
  ),
  inRequest(
    'a condition that is always true',
    raw`.{0,1400}\r\n\r\n.{0,400}${QUOTE}${GAP}(or|and)${GAP}${QUOTE}?[a-z0-9]{1,6}${QUOTE}?([+ ]|%20){0,3}(=|%3d)`,
    'CWE-89',
    {
      kind: 'web_attack_sqli',
      pattern: raw`^POST .{0,1400}\r\n\r\n.{0,400}${QUOTE}${GAP}(or|and)${GAP}${QUOTE}?[a-z0-9]{1,6}${QUOTE}?([+ ]|%20){0,3}(=|%3d)`,
    },
  ),
  inRequest('a script in a form', '', 'CWE-79', {
    kind: 'web_attack_xss',
    severity: 'medium',
    pattern: raw`^POST .{0,1400}\r\n\r\n.{0,400}(<|%3c)script[^a-z0-9]`,
  }),
];
