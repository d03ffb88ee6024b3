import type { ContentSign } from './sign.ts';

/** Programs that came with others and called home, by the names they called; each is in the adware rules of Emerging Threats. */
const NAMES = [
  'gator\\.com',
  'claria\\.com',
  'gainpubs?\\.com',
  'whenu\\.com',
  '180solutions\\.com',
  'zango\\.com',
  'hotbar\\.com',
  'weatherbug\\.com',
  'wxbug\\.com',
  'bonzi\\.com',
  'bargain-buddy\\.net',
  'bullseye-network\\.com',
  'exactadvertising\\.com',
  'mywebsearch\\.com',
  'funwebproducts\\.com',
  'cydoor\\.com',
  'newdotnet\\.com',
  'new\\.net',
  'ezula\\.com',
  'marketscore\\.com',
  'coolwebsearch\\.com',
  'searchassistant\\.com',
  'virtumonde\\.com',
  'conduit\\.com',
  'crossrider\\.com',
  'superfish\\.com',
  'installcore\\.com',
  'opencandy\\.com',
  'relevantknowledge\\.com',
];

const adware = (pattern: string, name: string): ContentSign => ({
  kind: 'adware',
  name,
  severity: 'medium',
  actor: 'sender',
  over: 'tcp',
  pattern,
  anyCase: true,
  from: 'client',
  source: 'Emerging Threats, adware and unwanted programs',
});

/** Adware that calls home, in the first packet of an HTTP request. */
export const ADWARE_SIGNS: readonly ContentSign[] = [
  adware(
    String.raw`\r\nHost: ([a-z0-9-]{1,40}\.){0,4}(${NAMES.join('|')})\r\n`,
    'a request to a known adware server',
  ),
  adware(
    String.raw`\r\nUser-Agent: [^\r\n]{0,120}(Gator|WeatherBug|FunWebProducts|Hotbar|ZangoToolbar|Zango|SIMBAR|180Solutions|WhenU|MyWebSearch|AskTb|MarketScore|Bonzi|iGetNet|SAcc |InstallCore|OpenCandy)`,
    'the name of an adware program as user agent',
  ),
];
