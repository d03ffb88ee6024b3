import { signMaker, type ContentSign } from './sign.ts';

const raw = String.raw;
const REQUEST = raw`^(GET|POST|HEAD|PUT|OPTIONS|PROPFIND|SEARCH) [^\r\n]{0,1200}?`;

const hole = signMaker({ kind: 'exploit', from: 'client' });

/** A request line that only the attack on this hole has. */
const request = (name: string, pattern: string, source: string, more: Partial<ContentSign> = {}) =>
  hole(name, `${REQUEST}${pattern}`, source, { anyCase: true, ...more });

/** Published holes of servers and devices, by the bytes that the attack cannot do without. */
export const KNOWN_HOLES: readonly ContentSign[] = [
  request(
    'a request for a hole of a gateway or load balancer',
    raw`(/tmui/login\.jsp/\.\.;/|/mgmt/tm/util/bash|/vpns?/\.\./vpns/|/remote/fgt_lang\?lang=/\.\.|/dana-na/\.\./|/dana/html5acc/guacamole/\.\./|/autodiscover/autodiscover\.(json|xml)\?[^\r\n]{0,60}(@|%40)[^\r\n]{0,120}(powershell|mapi|ecp))`,
    'CVE-2020-5902, CVE-2022-1388, CVE-2019-19781, CVE-2018-13379, CVE-2019-11510, CVE-2021-34473',
  ),
  request(
    'a request for a hole of a home router or camera',
    raw`(/ctrlt/DeviceUpgrade_1|/UD/act\?1|/setup\.cgi\?next_file=[^ ]{0,60}todo=|/cgi-bin/;|/tmUnblock\.cgi|/hedwig\.cgi|/goform/set(Mac|UsbUnload)|/cgi-bin/nobody/Search\.cgi|/shell\?[^ ]{0,20}(cd|wget|busybox)|/language/Swedish\$\{IFS\}|/picsdesc\.xml|/wanipcn\.xml|/boaform/admin/formPing|/cgi-bin/luci/;stok=/locale)`,
    'exploits that Mirai and its kin carry (CVE-2017-17215, CVE-2014-8361, CVE-2018-10561 and others)',
  ),
  request(
    'an expression in the address, which the server runs',
    raw`(/(%24|\$)(%7b|\{)[^\r\n]{0,300}(getRuntime|ProcessBuilder|ScriptEngine|(@|%40)org\.apache|OgnlUtil)|functionRouter|suggest\?[^\r\n]{0,80}jmx)`,
    'CVE-2022-26134, CVE-2018-11776, CVE-2022-22963',
  ),
  hole(
    'an expression of Struts in a header',
    raw`\r\nContent-(Type|Disposition|Length):[^\r\n]{0,20}(%|\$)\{[^\r\n]{0,60}(#|@)`,
    'CVE-2017-5638',
    { anyCase: true },
  ),
  hole('a range no file has', raw`\r\nRange: bytes=[0-9]{0,6}-18446744073709551615`, 'CVE-2015-1635', {
    anyCase: true,
  }),
  hole(
    'a form that upsets Drupal',
    raw`(/user/register\?[^\r\n ]{0,60}element_parents=|(%23|#)(post_render|lazy_builder|access_callback)(%5d|\]))`,
    'CVE-2018-7600',
    { anyCase: true },
  ),
  request(
    'a file of Windows’ web server that overflows',
    raw`(/null\.printer\?|\.(ida|idq|htr|printer)\?[NXA%]{20}|/_vti_bin/\.\.(%|/)|/msadc/\.\.(%|/)|/scripts/\.\.(%|/))`,
    'CVE-2001-0241, CVE-2001-0500, CVE-2000-0884',
  ),
  hole('an overlong address for WebDAV', raw`^(SEARCH|PROPFIND|LOCK|TRACK) /[^ \r\n]{900}`, 'CVE-2003-0109'),
  hole(
    'a header for WebDAV that overflows',
    raw`^PROPFIND [^\r\n]{1,80}\r\n.{0,400}\r\nIf: <http://localhost/[^\r\n]{100}`,
    'CVE-2017-7269',
    { anyCase: true },
  ),
  request(
    'a script for a file server',
    raw`search=[^ ]{0,20}(%00|\x00)[^ ]{0,10}(\{|%7b)\.`,
    'CVE-2014-6287 (Rejetto HFS)',
  ),
  request(
    'a script for Elasticsearch or Solr',
    raw`(/_search\?[^\r\n]{0,40}source=[^\r\n]{0,400}(getRuntime|script)|/solr/[^ ]{1,60}/(config|select\?[^\r\n]{0,200}velocity))`,
    'CVE-2014-3120, CVE-2019-17558',
  ),
  hole(
    'serialised objects for WebLogic',
    raw`^t3 [0-9.]{3,12}\nAS:[0-9]{1,4}\nHL:`,
    'CVE-2015-4852 and kin: the T3 protocol',
    { severity: 'medium', ports: [7001, 7002] },
  ),
  request('a work for WebLogic', raw`/wls-wsat/(CoordinatorPortType|RegistrationPortType)`, 'CVE-2017-10271'),
  hole(
    'a mail command that a shell runs',
    raw`(^|\r\n)(MAIL FROM|RCPT TO):[ ]?<([;|\x60][^\r\n>]{4,200}|\$\{run\{|[^\r\n>]{0,40}\$\{run\{)`,
    'CVE-2020-7247, CVE-2019-10149',
    { anyCase: true, ports: [25, 465, 587] },
  ),
  hole(
    'the door that somebody built into ProFTPD',
    raw`^HELP ACIDBITCHEZ`,
    'Snort: ProFTPD 1.3.3c compromised source',
  ),
  hole(
    'copying inside an FTP server without a login',
    raw`^SITE CPFR [^\r\n]{1,200}(/etc/|/proc/|<\?php)`,
    'CVE-2015-3306',
    { anyCase: true, ports: [21] },
  ),
  hole('a SITE EXEC that formats', raw`^SITE EXEC [^\r\n]{0,60}%[0-9.]{0,6}[dfnpx]`, 'CVE-2000-0573', {
    anyCase: true,
    ports: [21],
  }),
  hole('the door that somebody built into UnrealIRCd', raw`^AB;[^\r\n]{2,300}`, 'CVE-2010-2075', {
    ports: [6660, 6661, 6662, 6663, 6664, 6665, 6666, 6667, 6668, 6669, 6697, 7000],
  }),
  hole(
    'an environment that logs root in without a password',
    raw`\xff\xfa[\x27\x18\x24]\x00[\x00\x03]?USER\x01-f`,
    'CVE-2007-0882, CVE-2026-24061: telnetd passes it to login',
    { ports: [23] },
  ),
  hole(
    'a server name longer than any, for DCOM',
    raw`^\x05\x00\x00.{20,400}?\x5c\x00\x5c\x00([^\x00\x5c]\x00){33}`,
    'CVE-2003-0352 (MS03-026, the worm Blaster)',
    { ports: [135, 139, 445, 593, 1025] },
  ),
  hole(
    'settings that make Redis write files of the system',
    raw`config\r\n(\$[0-9]{1,3}\r\n)?set\r\n(\$[0-9]{1,3}\r\n)?(dir|dbfilename)\r\n(\$[0-9]{1,3}\r\n)?[^\r\n]{0,60}(cron|\.ssh|authorized_keys|/etc/|\.so|/www|root)`,
    'Redis without a password, as cryptojacking worms use it',
    { anyCase: true },
  ),
  hole(
    'a container of another’s choosing',
    raw`^POST /(v1\.[0-9]{2}/)?(containers/create|exec/[^ ]{1,80}/start) HTTP/1\.1\r\n`,
    'Docker’s door without a lock',
    { ports: [2375, 4243] },
  ),
];
