const FIELD = String.raw`!?\(*\s*(?:not )?[a-z][a-z0-9_-]*(?:\.[a-z0-9_]+)*`;
const OPERATOR = String.raw`(?:[=!~<>]=?=?|&&|\|\||\b(?:eq|ne|gt|lt|ge|le|contains|matches|in|and|or)\b)`;
const WITH_OPERATOR = new RegExp(String.raw`^${FIELD}(?:\[[\d:,-]+\])?\)*\s*${OPERATOR}`);
const ONE_FIELD =
  /^!?\(?(?:tcp|udp|ip|ipv6|icmp|icmpv6|arp|dns|mdns|tls|http2?|quic|dhcp|dhcpv6|smb2?|kerberos|ldap|rpc|dcerpc|ssh|ftp|smtp|imap|pop|sip|rtp|rtcp|sdp|wlan|eapol|eth|frame|ntlmssp|modbus|s7comm|bgp|ospf|snmp|ntp|telnet|rdp|mysql|pgsql|tds|_ws)(?:\.[a-z0-9_]+)*\)?$/;

/** Whether a piece of code is meant as a display filter: a field compared, or the name of a field or protocol alone. */
export const isDisplayFilter = (code: string): boolean =>
  code.length <= 600 &&
  !isShell(code) &&
  (WITH_OPERATOR.test(code) || (code.includes('.') && ONE_FIELD.test(code)));

const PROGRAMS =
  /^(?:sudo )?(?:az|tshark|tcpdump|capinfos|editcap|ss|netstat|ip|ifconfig|ping|tracert|traceroute|tcptraceroute|mtr|nmap|dig|nslookup|host|curl|wget|openssl|sysctl|ethtool|nstat|iptables|nft|ufw|firewall-cmd|netsh|Get-\w+|Set-\w+|Test-\w+|New-\w+|Resolve-\w+|systemctl|journalctl|conntrack|arp|arping|lsof|ps|top|cat|grep|awk|tail|kubectl|docker|sysmon|wevtutil|nc|ncat|klist|nltest|w32tm|ntpq|chronyc|smbstatus|smbclient|tc|bash)\b(?! ?(?:==|\.))/;

/** Whether a piece of code is a command to be typed: advice, which may name what no capture knows. */
export const isShell = (code: string): boolean => PROGRAMS.test(code.trim()) && /\s/.test(code.trim());
