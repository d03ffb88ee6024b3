/** What the built-in planner is called in reports. */
export const PLAYBOOK_NAME = 'built-in playbook';

/**
 * The script of the built-in planner: the questions that an engineer asks after the overview. It fits every capture,
 * so a question without an answer says so. tshark reads the capture twice; the rest is counting in awk, and no text of
 * a packet is ever executed.
 */
export const PLAYBOOK = String.raw`#!/usr/bin/env bash
set -euo pipefail

capture=/workspace/pocket.pcap
rows=/workspace/rows.tsv
most_rows=200000

if ! command -v tshark >/dev/null; then
  echo "tshark is missing in this sandbox"
  exit 127
fi

# Pass 1: one row per packet that any question below is about. Of a file that is cut short, tshark prints what it can
# read and then ends with 2.
columns=()
for name in frame.number frame.time_relative ip.src ipv6.src ip.dst ipv6.dst \
  tcp.stream tcp.srcport tcp.dstport tcp.flags tcp.time_relative \
  tcp.analysis.retransmission tcp.analysis.fast_retransmission \
  dns.flags.rcode dns.qry.name dns.time \
  tls.alert_message.level tls.alert_message.desc tls.handshake.type tls.handshake.version tls.handshake.ciphersuite \
  http.response.code http.time \
  icmp.type icmp.code icmpv6.type icmpv6.code arp.src.proto_ipv4 arp.src.hw_mac; do
  columns+=(-e "$name")
done
interesting='tcp.flags.syn==1 || tcp.flags.reset==1 || tcp.analysis.retransmission || dns.flags.response==1'
interesting+=' || tls.alert_message || tls.handshake.type==2 || http.response || icmp || icmpv6 || arp'
tshark -n -r "$capture" -Y "$interesting" -T fields -E header=y -E separator=/t -E occurrence=f "${'${columns[@]}'}" |
  awk -v most="$most_rows" 'NR <= most + 1 { print } END { if (NR > most + 1) print NR - 1 > "/dev/stderr" }' >"$rows" || (($? == 2))

# Columns by name, and how the answers count: a key, how often, and the first frames that show it.
library='
  NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; next }
  function f(name) { return $(column[name]) }
  function from() { return f("ip.src") f("ipv6.src") }
  function to() { return f("ip.dst") f("ipv6.dst") }
  function inner() { return f("icmp.type") f("icmpv6.type") != "" }
  function seen(key) { n[key]++; if (n[key] <= 8) frames[key] = frames[key] " " f("frame.number"); return n[key] }
'

# One answer: a title, at most 40 lines, and a word where there is nothing.
answer() {
  local title=$1
  shift
  echo
  echo "== $title =="
  "$@" | awk '
    NR <= 40 { print substr($0, 1, 240) }
    END { if (NR > 40) print "... " (NR - 40) " more lines"; if (NR == 0) print "none" }
  ' || (($? == 2)) || echo "(this question could not be answered)"
}

count() {
  awk -F'\t' "$library $1" "$rows" | sort -nr
}

# Every version prints tcp.flags in hexadecimal; single flags differ. SYN-ACK and a reset by the peer are answers.
unanswered='
  f("tcp.flags") == "" || inner() { next }
  { flags = f("tcp.flags"); id = f("tcp.stream"); low = substr(flags, length(flags))
    ack = index("13579bdf", substr(flags, length(flags) - 1, 1)); syn = index("2367abef", low); rst = index("4567cdef", low) }
  syn && !ack { tries[id]++; client[id] = from()
    if (tries[id] == 1) { first[id] = f("frame.number"); at[id] = f("frame.time_relative"); pair[id] = from() " -> " to() ":" f("tcp.dstport") }
    next }
  (syn && ack) || (rst && from() != client[id]) { answered[id] = 1 }
  END {
    for (id in tries) if (!(id in answered)) {
      key = pair[id]; total[key] += tries[id]; streams[key]++
      if (!(key in begin) || first[id] + 0 < begin[key] + 0) { begin[key] = first[id]; time[key] = at[id] }
    }
    for (key in total) printf "%d\tSYN from %s in %d connection(s), first in frame %s at %.3f s\n", total[key], key, streams[key], begin[key], time[key]
  }'

retransmitted='
  f("tcp.analysis.retransmission") f("tcp.analysis.fast_retransmission") == "" || inner() { next }
  { key = from() ":" f("tcp.srcport") " -> " to() ":" f("tcp.dstport") " (stream " f("tcp.stream") ")"
    if (seen(key) == 1) start[key] = f("frame.time_relative"); end[key] = f("frame.time_relative") }
  END { for (key in n) printf "%d\t%s from %.3f s to %.3f s, frames%s\n", n[key], key, start[key], end[key], frames[key] }'

resets='
  !index("4567cdef", substr(f("tcp.flags"), length(f("tcp.flags")))) || f("tcp.flags") == "" || inner() { next }
  { key = from() ":" f("tcp.srcport") " -> " to(); if (seen(key) == 1) after[key] = f("tcp.time_relative") }
  END { for (key in n) printf "%d\t%s, the first %.3f s into its connection, frames%s\n", n[key], key, after[key], frames[key] }'

dns='
  f("dns.flags.rcode") == "" || inner() { next }
  { key = "rcode " f("dns.flags.rcode") " for " f("dns.qry.name") " from " from(); seen(key)
    if (f("dns.time") + 0 > slow[key] + 0) slow[key] = f("dns.time") }
  END { for (key in n) if (key !~ /^rcode 0 / || slow[key] > 0.5) printf "%d\t%s, slowest %.3f s, frames%s\n", n[key], key, slow[key], frames[key] }'

tls='
  f("tls.alert_message.desc") != "" { seen("alert level " f("tls.alert_message.level") " description " f("tls.alert_message.desc") " from " from() " to " to()); next }
  f("tls.handshake.type") == "2" { seen("server " from() " chose version " f("tls.handshake.version") " suite " f("tls.handshake.ciphersuite")) }
  END { for (key in n) printf "%d\t%s, frames%s\n", n[key], key, frames[key] }'

http='
  f("http.response.code") == "" || inner() { next }
  { key = "status " f("http.response.code") " from " from(); seen(key); sum[key] += f("http.time")
    if (f("http.time") + 0 >= slow[key] + 0) { slow[key] = f("http.time"); at[key] = f("frame.number") } }
  END { for (key in n) printf "%d\t%s, mean %.3f s, slowest %.3f s in frame %s, frames%s\n", n[key], key, sum[key] / n[key], slow[key], at[key], frames[key] }'

icmp='
  f("icmp.type") != "" { seen("ICMP type " f("icmp.type") " code " f("icmp.code") " " from() " -> " to()); next }
  f("icmpv6.type") != "" { seen("ICMPv6 type " f("icmpv6.type") " code " f("icmpv6.code") " " from() " -> " to()) }
  END { for (key in n) printf "%d\t%s, frames%s\n", n[key], key, frames[key] }'

arp='
  { ip = f("arp.src.proto_ipv4"); mac = f("arp.src.hw_mac") }
  ip == "" || ip == "0.0.0.0" || (ip, mac) in known { next }
  { known[ip, mac] = 1; macs[ip]++; who[ip] = who[ip] " " mac " (frame " f("frame.number") ")" }
  END { for (ip in macs) if (macs[ip] > 1) printf "%d\t%s is claimed by%s\n", macs[ip], ip, who[ip] }'

answer "Connection attempts that nobody answered" count "$unanswered"
answer "Retransmissions by sender and connection" count "$retransmitted"
answer "Resets by sender" count "$resets"
answer "DNS answers that failed or took longer than 0.5 s" count "$dns"
answer "TLS alerts and what servers chose" count "$tls"
answer "HTTP answers by status and time" count "$http"
answer "ICMP messages" count "$icmp"
answer "Addresses claimed by more than one MAC" count "$arp"
# Pass 2: tshark's own opinion.
answer "Expert information of tshark, warnings and errors" tshark -n -q -r "$capture" -z expert,warn
echo
echo "== done =="
`;
