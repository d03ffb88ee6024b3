import type { FindingKind } from '../finding-kinds.ts';

/** Words that name what only a finding can show, and the kinds of findings that show it. */
export const KIND_WORDS: readonly (readonly [RegExp, readonly FindingKind[]])[] = [
  [/\b(?:port|syn|stealth|xmas|null|fin) ?-?scan\w*/gi, ['port_scan', 'open_ports', 'host_sweep']],
  [/\b(?:host|ping|network) ?-?sweep\w*/gi, ['host_sweep', 'arp_scan']],
  [/\barp ?-?scan\w*/gi, ['arp_scan']],
  [/\b(?:vulnerability|web) ?-?scan\w*/gi, ['vuln_scan', 'web_attack']],
  [
    /\b(?:scan(?:s|ned|ning|ner)?|reconnaissance|recon)\b/gi,
    [
      'port_scan',
      'host_sweep',
      'arp_scan',
      'vuln_scan',
      'ip_protocol_scan',
      'voip_scan',
      'os_fingerprinting',
      'open_ports',
    ],
  ],
  [/\bbrute[ -]?forc\w*/gi, ['brute_force', 'password_spray']],
  [/\bpassword[ -]?spray\w*|\bcredential[ -]?stuffing/gi, ['password_spray', 'brute_force']],
  [/\bsyn[ -]?flood\w*/gi, ['syn_flood']],
  [/\budp[ -]?flood\w*/gi, ['udp_flood', 'amplification']],
  [/\b(?:icmp|ping)[ -]?flood\w*/gi, ['icmp_flood']],
  [
    /\b(?:ddos|dos|denial[ -]of[ -]service)\b|\bflood(?:s|ed|ing)?\b/gi,
    [
      'syn_flood',
      'udp_flood',
      'icmp_flood',
      'dns_flood',
      'fragment_flood',
      'dhcp_flood',
      'amplification',
      'wifi_deauth_attack',
      'ipv6_rogue_ra',
    ],
  ],
  [/\bamplification\b|\breflection attack/gi, ['amplification']],
  [
    /\bmalware\b|\bmalicious (?:software|code|program|executable|binary|payload)|\btrojan\w*|\bbotnet\w*|\bspyware\b|\bworms?\b|\bvirus\w*/gi,
    ['malware_c2', 'malware_download', 'ransomware', 'exploit_kit', 'adware', 'cryptomining', 'beaconing'],
  ],
  [/\bransomware\b|\bencrypted by attackers?\b/gi, ['ransomware']],
  [/\bC2\b|\bC&C\b|\bcommand[ -]and[ -]control\b/g, ['malware_c2', 'beaconing', 'dns_tunnel', 'icmp_tunnel']],
  [/\bbeacon(?:s|ing|ed)\b(?! frames?)/gi, ['beaconing', 'malware_c2']],
  [/\bcrypto[ -]?min(?:ing|er|ers)\b|\bmining pool\b/gi, ['cryptomining']],
  [/\badware\b/gi, ['adware']],
  [
    /\bexfiltrat\w*|\bdata (?:theft|leak\w*|breach\w*)|\bstolen data\b|\bstole\b/gi,
    ['data_exfiltration', 'dns_tunnel', 'icmp_tunnel', 'covert_channel'],
  ],
  [
    /\b(?:dns|icmp)?[ -]?tunnel(?:ling|ing|led|ed)\b|\b(?:dns|icmp) tunnels?\b|\bcovert channel\b/gi,
    ['dns_tunnel', 'icmp_tunnel', 'covert_channel'],
  ],
  [/\bdga\b|\bgenerated (?:domain )?names?\b/gi, ['dga', 'dns_nxdomain_burst']],
  [/\barp[ -]?(?:spoof|poison)\w*/gi, ['arp_spoofing']],
  [/\bdns[ -]?(?:hijack|poison|spoof)\w*/gi, ['dns_hijack']],
  [
    /\bspoof(?:s|ed|ing|er)?\b|\bpoison(?:ed|ing)\b/gi,
    ['arp_spoofing', 'dns_hijack', 'tls_cert_spoofed', 'amplification', 'ipv6_rogue_ra', 'syn_flood'],
  ],
  [
    /\bman[ -]in[ -]the[ -]middle\b|\bmitm\b|\badversary[ -]in[ -]the[ -]middle\b/gi,
    ['arp_spoofing', 'dns_hijack', 'tls_cert_spoofed', 'ipv6_rogue_ra'],
  ],
  [/\bsql[ -]?injection\w*|\bsqli\b/gi, ['web_attack_sqli']],
  [/\bcross[ -]site scripting\b|\bxss\b/gi, ['web_attack_xss']],
  [/\b(?:path|directory) traversal\b/gi, ['web_attack_traversal']],
  [
    /\bexploit(?:s|ed|ation|ing)?\b/gi,
    [
      'exploit',
      'exploit_kit',
      'web_attack',
      'web_attack_sqli',
      'web_attack_xss',
      'web_attack_traversal',
      'remote_shell',
    ],
  ],
  [/\b(?:reverse|remote|web|bind) ?-?shells?\b|\bbackdoor\w*|\brootkit\w*/gi, ['remote_shell', 'malware_c2']],
  [/\blateral movement\b|\bmoved laterally\b/gi, ['lateral_movement']],
  [/\bkerberoast\w*/gi, ['kerberoasting']],
  [/\bdcsync\b/gi, ['dcsync']],
  [
    /\bcompromis(?:e|ed|es|ing)\b|\bbreach(?:ed|es)?\b|\binfect(?:ed|ion|ions)\b|\bhacked\b|\bowned by\b|\bintrusion\w*|\bintruder\w*|\btaken over\b/gi,
    [
      'malware_c2',
      'malware_download',
      'ransomware',
      'remote_shell',
      'exploit_kit',
      'lateral_movement',
      'dcsync',
      'cryptomining',
      'adware',
    ],
  ],
  [
    /\bgained access\b|\blogged (?:in|on|into|onto)\b/gi,
    ['successful_login', 'brute_force', 'password_spray', 'remote_shell', 'cleartext_credentials', 'exploit'],
  ],
  [/\bphish\w*/gi, []],
  [/\binsider\b|\bnation[ -]state\b|\bAPT ?\d*\b/gi, []],
  [
    /\b(?:expired|out of date) certificates?\b|\bcertificates? (?:has |have |had |is |was )?expired\b/gi,
    ['tls_cert_expired'],
  ],
  [/\bself[ -]signed\b/gi, ['tls_cert_self_signed']],
  [/\brevoked\b/gi, ['tls_cert_revoked']],
  [/\bdeauth\w* (?:attack|flood)\w*/gi, ['wifi_deauth_attack']],
  [/\brogue (?:router|ra|dhcp|access point)\w*/gi, ['ipv6_rogue_ra']],
  [
    /\bclear[ -]?text (?:credentials?|passwords?|logins?)\b|\bpasswords? in (?:the )?clear\b/gi,
    ['cleartext_credentials'],
  ],
  [
    /\bpacket[ -]loss\b/gi,
    [
      'packet_loss',
      'tcp_retransmission',
      'tcp_fast_retransmission',
      'rtp_loss',
      'tcp_duplicate_ack',
      'capture_gap',
    ],
  ],
  [
    /\bretransmissions?\b|\bretransmitted\b/gi,
    ['tcp_retransmission', 'tcp_fast_retransmission', 'packet_loss', 'tcp_stall', 'tcp_connect_timeout'],
  ],
  [/\bzero[ -]windows?\b/gi, ['tcp_zero_window', 'tcp_window_full']],
];

/** "Attack" and its kin need a finding that is one. */
export const ATTACK =
  /\battack(?:s|ed|er|ers|ing)?\b|\bmalicious\b|\bhostile\b|\bthreat actor\w*|\badversar(?:y|ies)\b/gi;

const HARMLESS_KINDS =
  /^(?:tcp_|packet_loss|high_latency|mtu_|capture_gap|one_sided|duplicate_|icmp_unreachable|icmp_redirect|traceroute|bgp_|routing_|dns_no_|dns_nxdomain$|dns_servfail|tls_|http_error|successful_|file_transfer|rtp_|one_way|ics_exception|wifi_auth|wifi_deauth$|open_ports)/;

/** Whether a kind of finding can be somebody's doing. */
export const isAttack = (kind: FindingKind): boolean =>
  !HARMLESS_KINDS.test(kind) || kind === 'tls_cert_spoofed';

/** All is well: what nobody may say over a finding of medium severity or worse. */
export const ALL_CLEAR =
  /\bno (?:significant |notable |serious |security |real |major |further |other |relevant |network )*(?:issues?|problems?|anomal\w+|threats?|findings?|concerns?|faults?|irregularit\w+|signs? of (?:trouble|attack|malicious activity))\b|\bnothing (?:is |was |looks |seems )?(?:at all )?(?:wrong|suspicious|unusual|notable|malicious|abnormal|of concern|of note|to worry|to report|bad)\b|\b(?:all|everything|capture|traffic|network|system|it) (?:is|was|are|were|looks?|appears?|seems?) (?:to be )?(?:entirely |completely |perfectly |all )?(?:fine|well|good|normal|clean|healthy|ok|okay|benign|harmless|safe|legitimate)\b|\b(?:is|are|was|were) (?:entirely |completely |perfectly )?(?:benign|harmless)\b|\bno (?:further )?action (?:is |was )?(?:needed|required|necessary)\b|\b(?:can|may|should) (?:safely )?be ignored\b|\bsafe to ignore\b|\bfalse (?:positive|alarm)s?\b|\bclean bill of health\b|\b(?:benign|harmless)\b|\bexpected behaviou?r\b|\b(?:may|can|could|should) (?:safely )?ignore\b|\bnothing (?:\w+ )?(?:that )?(?:deserves?|needs?|warrants?|requires?) (?:attention|action)\b|\b(?:is|are|looks?|remains?) secure\b|\bworks? (?:as (?:intended|expected)|perfectly|fine|flawlessly)\b/i;

/** Protocols by the words for them; the tokens are how tshark and the facts name them. */
export const PROTOCOLS: readonly (readonly [RegExp, readonly string[], readonly number[]])[] = [
  [/\bSMB[123]?\b|\bCIFS\b/g, ['smb', 'smb2', 'nbss'], [445, 139]],
  [/\bRDP\b/g, ['rdp', 'tpkt', 'rdpudp'], [3389]],
  [/\bTelnet\b/gi, ['telnet'], [23]],
  [/\bT?FTP\b/g, ['ftp', 'tftp', 'ftp-data'], [21, 20, 69]],
  [/\b(?:SSH|SFTP)\b/g, ['ssh'], [22]],
  [/\b(?:TLS|SSL|HTTPS)\b/g, ['tls', 'ssl', 'https'], [443]],
  [/\bHTTP\b/g, ['http', 'http2', 'http3'], [80, 8080]],
  [/\bQUIC\b/g, ['quic'], []],
  [/\bDNS\b/g, ['dns', 'mdns', 'llmnr'], [53]],
  [/\bDHCP(?:v6)?\b/g, ['dhcp', 'dhcpv6', 'bootp'], [67, 68]],
  [/\bSNMP\b/g, ['snmp'], [161, 162]],
  [/\bSIP\b/g, ['sip'], [5060]],
  [/\bRTP\b/g, ['rtp'], []],
  [/\bKerberos\b/gi, ['kerberos', 'krb5'], [88]],
  [/\bLDAPS?\b/g, ['ldap', 'cldap'], [389, 636]],
  [/\bNTLM(?:v[12])?\b/g, ['ntlmssp', 'ntlm'], []],
  [/\bModbus\b/gi, ['modbus', 'mbtcp'], [502]],
  [/\bS7(?:comm)?\b/g, ['s7comm', 's7'], [102]],
  [/\bDNP3\b/g, ['dnp3'], [20_000]],
  [/\bBACnet\b/gi, ['bacnet', 'bacapp'], [47_808]],
  [/\bBGP\b/g, ['bgp'], [179]],
  [/\bOSPF\b/g, ['ospf'], []],
  [/\bEIGRP\b/g, ['eigrp'], []],
  [/\b(?:IKE|IPsec)\b/gi, ['isakmp', 'esp', 'ike', 'ipsec'], [500, 4500]],
  [/\bWireGuard\b/gi, ['wg', 'wireguard'], []],
  [/\bOpenVPN\b/gi, ['openvpn'], [1194]],
  [/\bNTP\b/g, ['ntp'], [123]],
  [/\bSMTP\b/g, ['smtp'], [25, 587]],
  [/\bIMAP\b/g, ['imap'], [143, 993]],
  [/\bPOP3?\b/g, ['pop', 'pop3'], [110, 995]],
  [/\bMySQL\b|\bMariaDB\b/gi, ['mysql'], [3306]],
  [/\bPostgre(?:s|SQL)\b/gi, ['pgsql', 'postgresql'], [5432]],
  [/\b(?:MSSQL|SQL Server|TDS)\b/g, ['tds', 'mssql'], [1433]],
  [/\bRedis\b/gi, ['redis', 'resp'], [6379]],
  [/\bMongoDB\b/gi, ['mongo', 'mongodb'], [27_017]],
  [/\bMQTT\b/g, ['mqtt'], [1883]],
  [/\b(?:Tor|BitTorrent|IRC)\b/g, ['tor', 'bittorrent', 'irc'], [6667]],
  [/\bVNC\b/g, ['vnc', 'rfb'], [5900]],
  [/\bWinRM\b/gi, ['winrm'], [5985, 5986]],
  [/\bSTUN\b/g, ['stun'], [3478]],
  [/\bSSDP\b/g, ['ssdp'], [1900]],
];

/** Causes that lie outside of what packets show; stated as fact they need evidence that says so. */
export const CAUSES =
  /\b(?:firewalls?|NSGs?|security groups?|ACLs?|access lists?|routes?|routing|route table|MTU|congest\w+|overload\w*|CPU|memory|disk|bugs?|misconfigur\w+|load balancers?|NAT|SNAT|VPN|proxy|proxies|drivers?|NIC|duplex|cables?|hardware|reboot\w*|restart\w*|crash\w*|deploy\w*|patch\w*|expired|administrators?|users?|attackers?|hackers?|malware|antivirus|maintenance|outage|bandwidth|throttl\w+|rate limit\w*|application|process|daemon|virus)\b/gi;

export const CAUSAL =
  /\b(?:because(?: of)?|caused by|due to|owing to|as a result of|result(?:s|ed|ing)? (?:from|of)|the (?:root )?(?:cause|reason) (?:is|was)|thanks to|proves?|proving|confirms? that|demonstrates? that)\b/gi;

/** States of hosts and devices that no packet shows, stated as fact. */
export const STATES =
  /\b(?:firewall|NSG|security group|ACL|route(?: table)?|appliance|load balancer|NAT|policy|rule)s? (?:is |are |was |were )?(?:block|drop|den|filter|discard|reject|misrout)\w*|\b(?:is|are|was|were) (?:overloaded|crashed|misconfigured|rebooted|restarted|switched off|powered off|shut down|offline|unpatched|vulnerable|out of memory)\b|\b(?:server|host|service|machine|database) (?:is|was) (?:down|off|dead)\b|\b(?:was|were|is|are) authori[sz]ed\b|\b(?:disk|memory|CPU) (?:is|was) (?:full|exhausted|saturated)\b|\b(?:service|process|daemon|application) (?:has |had )?(?:crashed|hung|died|stopped)\b/gi;
