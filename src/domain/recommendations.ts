import type { FindingKind } from './finding-kinds.ts';
import type { Finding } from './finding.ts';
import { inlineText } from './untrusted.ts';

const CERTIFICATE =
  'On {actor}, look at what is served: `openssl s_client -connect HOST:PORT -servername NAME -showcerts`;';
const ISOLATE =
  'Take {actor} off the network (deny-all NSG rule on its NIC, keep the disk and a snapshot for evidence),';
const SOURCE_BLOCK =
  'Deny {actor} at the NSG of the subnet of {target} (inbound, priority above the allow rule),';
const LOSS =
  'Find where segments between {actor} and {target} are lost: capture at both ends at the same time and compare,';
const PASSWORDS = 'Treat every password seen on port {ports} as known to others: change them,';

/** What to do next about each kind of finding. {actor}, {target} and {ports} are filled from the finding. */
export const ADVICE: Record<FindingKind, string> = {
  tcp_retransmission: `${LOSS} and look at NIC drops with \`ethtool -S\` and \`nstat -az TcpRetransSegs\` on {actor}.`,
  tcp_fast_retransmission: `${LOSS} and check \`nstat -az | grep -i retrans\` on {actor}.`,
  tcp_duplicate_ack: `${LOSS} and rule out reordering (multiple paths, bonded links) between them.`,
  tcp_zero_window:
    'On {actor}, find the process that does not read its socket: `ss -tmi` (Recv-Q, rcv_space) and its CPU, memory and disk at that time.',
  tcp_window_full:
    'Compare the receive buffer of {target} (`sysctl net.ipv4.tcp_rmem`, window scaling in its SYN) with bandwidth times delay; raise it or make the application read faster.',
  tcp_stall:
    'On {target}, see whether the host or a firewall in between forgot the connection: idle timeouts of load balancer and NAT (Azure: 4 minutes by default), keep-alives, process state.',
  tcp_reset:
    'Find who resets: the log of the service on {actor} at those times, then load balancer and firewall idle timeouts in between.',
  tcp_connect_timeout:
    'Check whether {target} port {ports} is allowed: `az network watcher test-ip-flow` from {actor}, effective NSG rules and routes of both NICs, then the host firewall and `ss -ltn` on {target}.',
  tcp_connection_refused:
    'On {actor}, check that the service listens on port {ports} and on the right address: `ss -ltnp`; if it should not, correct the address that {target} is configured with.',
  packet_loss: `${LOSS} and read the drop counters of VM, virtual appliance and gateway in between.`,
  high_latency_network:
    'Measure the path between {target} and {actor} (`az network watcher test-connectivity`, `tcptraceroute`); check region, peering and VPN or appliance hops.',
  high_latency_server:
    'The path is fast, so look into {actor}: slow requests in the application log, database, CPU and disk at the cited times.',
  high_latency_client:
    'Look into {actor}: the time is spent between an answer and the next request, in the client itself.',
  mtu_fragmentation_needed:
    'Let ICMP type 3 code 4 through to {target}, or clamp the TCP MSS there; check the MTU of tunnels and VPN gateways on the path.',
  fragment_flood: `${SOURCE_BLOCK} and turn on Azure DDoS Protection if {target} is public.`,
  capture_gap:
    'Capture again with a filter, a smaller snap length or less load; do not read loss into this capture.',
  one_sided_capture:
    'Capture again where both directions pass (asymmetric routing: look at effective routes and user-defined routes).',
  duplicate_frames:
    'Capture on one interface or direction only, or remove duplicates with `editcap -d` before counting.',
  icmp_unreachable:
    'Read the code of the messages from {actor}: correct the route or NSG for net, host and prohibited, start the service for port unreachable.',
  icmp_redirect:
    'Correct the default route of {target} so that redirects are not needed, and switch acceptance off: `sysctl net.ipv4.conf.all.accept_redirects=0`.',
  icmp_flood: `${SOURCE_BLOCK} and rate-limit ICMP at the edge.`,
  icmp_tunnel: `Block ICMP echo from {actor} to {target} and examine {actor} for the tunnelling program.`,
  traceroute_loss:
    'Silent hops are often only ICMP limits: test the destination of {actor} itself over TCP before you change anything.',
  bgp_session_reset:
    'Read the NOTIFICATION code in the log of {actor} and compare hold time, AS number and authentication with {target}.',
  routing_weak_auth: 'Configure keyed authentication for this protocol on {actor} and on its neighbours.',
  ip_protocol_scan: `${SOURCE_BLOCK} unless the scan was ordered.`,
  ipv6_rogue_ra:
    'Find the port of {actor} in the switch, turn on RA guard there, and stop the program that advertises.',
  arp_spoofing:
    'Find the port of {actor} in the switch, separate it, clear the ARP cache of {target} (`ip neigh flush all`), and turn on dynamic ARP inspection.',
  arp_scan: 'Ask whether {actor} is a known scanner; if not, examine the host.',
  dhcp_flood:
    'Limit DHCP on the access port of {actor} (DHCP snooping) and check how many leases the server has left.',
  wifi_auth_failure: 'Check the credentials and the key of {actor} and the log of the access point.',
  wifi_deauth: 'Compare with roaming and power-saving events of {actor} before you suspect an attack.',
  wifi_deauth_attack:
    'Turn on protected management frames (802.11w) and locate the sender that uses the address of {actor}.',
  wifi_wep_attack: 'Replace WEP with WPA2 or WPA3 and change the key.',
  dns_no_response:
    'Check that {actor} answers on port 53: `dig @SERVER NAME` from {target}, NSG rules for UDP and TCP 53, and the resolver setting of the virtual network.',
  dns_nxdomain: 'Correct the misspelt or retired names that {target} asks for; check its search suffixes.',
  dns_nxdomain_burst:
    'Find the process on {actor} that asks (for example `sysmon` event 22 or `ss -unp`), and decide between block list, typing error and generated names.',
  dga: `${ISOLATE} and search it for the process that makes these look-ups.`,
  dns_servfail:
    'On the resolver {actor}, test the failing zone with `dig +trace` and `dig +cd` (DNSSEC), and look at its forwarders.',
  dns_tunnel: `${ISOLATE} and block the tunnel's domain at the resolver.`,
  dns_zone_transfer: 'Allow zone transfers only to the secondary servers (allow-transfer, TSIG).',
  dns_flood: `${SOURCE_BLOCK} and turn on response rate limiting at the server.`,
  dns_hijack:
    'Compare the answer of {actor} with another resolver over TLS, and repair the resolver settings.',
  dns_malformed: 'Find out which program sends these messages to {target}, and drop them at the resolver.',
  amplification:
    'Close the service to the internet or limit its answers; ask the provider for source address filtering.',
  tls_cert_expired: `${CERTIFICATE} renew the certificate and put its expiry under monitoring.`,
  tls_cert_name_mismatch: `${CERTIFICATE} issue a certificate that covers the requested name, or correct the name that the client uses.`,
  tls_cert_self_signed: `${CERTIFICATE} replace it by one that the clients trust, or pin it on purpose.`,
  tls_cert_chain_incomplete: `${CERTIFICATE} add the missing intermediate certificate to the server's chain.`,
  tls_cert_revoked: `${CERTIFICATE} replace the revoked certificate and find out why it was revoked.`,
  tls_cert_spoofed: `${ISOLATE} and patch the clients that could believe this certificate.`,
  tls_handshake_failure:
    'Compare protocol versions, cipher suites and certificates of {actor} and {target}; the alert names the reason.',
  tls_weak_version: 'Set TLS 1.2 as the minimum on {actor} (and on the gateway in front of it).',
  http_error: 'Look up the cited requests in the log of {actor}: 5xx there, 4xx at the client.',
  auth_failure:
    'Check the account and the secret that {actor} uses against {target}, and the log of {target}.',
  successful_login: 'Confirm with the owner of the account that this login was theirs.',
  password_changed:
    'Confirm the change with the owner of the account; if unknown, reset it and end its sessions.',
  cleartext_credentials: `${PASSWORDS} then put the service behind TLS or SSH and close the clear-text port.`,
  file_transfer: 'Confirm that this transfer was meant; keep the file hash if not.',
  protocol_mismatch:
    'Find the process on {target} behind port {ports} (`ss -ltnp`) and the one on {actor} that calls it; allow by application, not by port.',
  port_scan: `${SOURCE_BLOCK} unless the scan was ordered; then check each port that answered.`,
  host_sweep:
    'Ask whether {actor} is a known scanner; if not, examine it and deny it in the NSG of the subnets.',
  open_ports: 'Close the ports of {actor} that nobody needs (NSG, then the service).',
  os_fingerprinting: `${SOURCE_BLOCK} unless it was ordered.`,
  vuln_scan: `${SOURCE_BLOCK} unless it was ordered; check the log of {target} for requests that succeeded.`,
  ftp_bounce: 'Switch off PORT to third hosts on the FTP server, or replace FTP by SFTP.',
  brute_force: `${SOURCE_BLOCK} turn on account lockout, and check whether one of the attempts succeeded.`,
  password_spray: `${SOURCE_BLOCK} and check every account for a success after the attempts.`,
  voip_scan: `${SOURCE_BLOCK} and limit SIP to the trunks of the provider.`,
  voip_auth_failure: 'Check the SIP account that {target} registers with.',
  syn_flood: `${SOURCE_BLOCK} turn on SYN cookies (\`sysctl net.ipv4.tcp_syncookies=1\`) and Azure DDoS Protection.`,
  udp_flood: `${SOURCE_BLOCK} and turn on Azure DDoS Protection if {target} is public.`,
  exploit: `Examine {target} for the effect of the attempt, patch the service on port {ports}, and deny {actor}.`,
  exploit_kit: `Take {target} off the network, examine it, and block the domains of the chain.`,
  web_attack: `${SOURCE_BLOCK} put a WAF in prevention mode in front of {target}, and read its log for answers with 200.`,
  web_attack_sqli: `${SOURCE_BLOCK} bind parameters in the attacked page, and check the database log for what was read.`,
  web_attack_xss: `${SOURCE_BLOCK} escape output in the attacked page, and set a content security policy.`,
  web_attack_traversal: `${SOURCE_BLOCK} fix the path handling, and check which files {target} gave out.`,
  remote_shell: `${ISOLATE} and find out how the shell was opened.`,
  lateral_movement: `${ISOLATE} examine {target} too, and change the credentials that were used.`,
  kerberoasting: 'Change the passwords of the requested service accounts to long random ones, enforce AES.',
  dcsync: `${ISOLATE} and treat all domain credentials as known: reset krbtgt twice.`,
  malware_c2: `${ISOLATE} and block {target} at the firewall.`,
  malware_download:
    'Take the host that downloaded off the network and examine it; block {actor} at the proxy.',
  ransomware: `${ISOLATE} protect the backups first, and disable the account that was used.`,
  cryptomining: `${ISOLATE} and find out how the miner came onto it.`,
  adware: 'Remove the unwanted program from {actor} and block its domains.',
  beaconing:
    'Find the process on {actor} that calls {target} at this interval, and decide whether it is an update check.',
  data_exfiltration: `${ISOLATE} and find out which data went to {target}.`,
  covert_channel: `${ISOLATE} and search it for the program that sends these packets.`,
  ics_exception: 'Compare the refused requests of {target} with the register map of {actor}.',
  ics_malformed: 'Find the program on {actor} that sends them; limit the port to the engineering station.',
  ics_unauthorized_command:
    'Confirm the command with the plant operator; limit the port of {target} to the engineering station.',
  rtp_loss: 'Check QoS marking and queue drops on the path from {actor} to {target}.',
  rtp_quality: 'Check jitter buffers and QoS on the path from {actor} to {target}.',
  one_way_audio:
    'Check NAT and firewall for the RTP ports of the missing direction (SDP addresses against real ones).',
};

const list = (items: readonly (string | number)[], nothing: string): string => {
  const shown = items.slice(0, 3).map((item) => inlineText(String(item), 60));
  if (shown.length === 0) return nothing;
  return items.length > 3 ? `${shown.join(', ')} and ${items.length - 3} more` : shown.join(', ');
};

/** The advice for one finding, its hosts and ports named. */
export function adviceFor(finding: Finding): string {
  return ADVICE[finding.kind]
    .replaceAll('{actor}', list(finding.actor, 'the host that causes it'))
    .replaceAll('{target}', list(finding.target, 'the host it hits'))
    .replaceAll('{ports}', list(finding.ports, 'in question'));
}
