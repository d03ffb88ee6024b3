/** What the built-in planner is called in reports. */
export const PLAYBOOK_NAME = 'built-in playbook';

/**
 * The script of the built-in planner: the questions that an engineer asks after the overview. It fits every capture,
 * so a question without an answer says so. Counting is done in awk; no packet text is ever executed.
 */
export const PLAYBOOK = String.raw`#!/usr/bin/env bash
set -euo pipefail

capture=/workspace/pocket.pcap
if ! command -v tshark >/dev/null; then
  echo "tshark is missing in this sandbox"
  exit 127
fi

# One answer: a title, at most 40 lines, and a word where there is nothing or tshark gave up.
answer() {
  local title=$1
  shift
  echo
  echo "== $title =="
  "$@" | awk '
    NR <= 40 { print substr($0, 1, 240) }
    END { if (NR > 40) print "... " (NR - 40) " more lines"; if (NR == 0) print "none" }
  ' || echo "(this question could not be answered)"
}

fields() {
  local filter=$1
  shift
  local columns=()
  for name in "$@"; do columns+=(-e "$name"); done
  tshark -n -r "$capture" -Y "$filter" -T fields -E separator=/t -E occurrence=f "${'${columns[@]}'}"
}

# Every version prints tcp.flags in hexadecimal; single flags differ. SYN-ACK and a reset by the peer are answers.
unanswered_connections() {
  fields '(tcp.flags.syn==1 || tcp.flags.reset==1) && !icmp && !icmpv6' \
    tcp.stream frame.number tcp.flags ip.src ipv6.src ip.dst ipv6.dst tcp.dstport frame.time_relative |
    awk -F'\t' '
      { ack = index("13579bdf", substr($3, length($3) - 1, 1)); low = substr($3, length($3)); syn = index("2367abef", low) }
      !syn || ack { if (!($1 in client) || $4 $5 != client[$1]) answered[$1] = 1; next }
      { tries[$1]++; client[$1] = $4 $5; if (!($1 in first)) { first[$1] = $2; at[$1] = $9; who[$1] = $4 $5 " -> " $6 $7 ":" $8 } }
      END {
        for (id in tries) if (!(id in answered)) {
          pair = who[id]; n[pair] += tries[id]; streams[pair]++
          if (!(pair in begin) || first[id] + 0 < begin[pair] + 0) { begin[pair] = first[id]; time[pair] = at[id] }
        }
        for (pair in n) printf "%d\tSYN from %s in %d connection(s), first in frame %s at %.3f s\n", n[pair], pair, streams[pair], begin[pair], time[pair]
      }' | sort -nr
}

retransmitting_streams() {
  fields 'tcp.analysis.retransmission || tcp.analysis.fast_retransmission' \
    tcp.stream frame.number ip.src ipv6.src ip.dst ipv6.dst tcp.srcport tcp.dstport frame.time_relative |
    awk -F'\t' '
      { key = $3 $4 ":" $7 " -> " $5 $6 ":" $8 " (stream " $1 ")"; n[key]++; to[key] = $9; if (n[key] <= 8) frames[key] = frames[key] " " $2; if (n[key] == 1) from[key] = $9 }
      END { for (key in n) printf "%d\t%s from %.3f s to %.3f s, frames%s\n", n[key], key, from[key], to[key], frames[key] }' | sort -nr
}

resets() {
  fields 'tcp.flags.reset==1 && !icmp && !icmpv6' \
    frame.number ip.src ipv6.src ip.dst ipv6.dst tcp.srcport tcp.dstport frame.time_relative tcp.time_relative |
    awk -F'\t' '
      { key = $2 $3 ":" $6 " -> " $4 $5; n[key]++; if (n[key] <= 8) frames[key] = frames[key] " " $1; if (n[key] == 1) after[key] = $9 }
      END { for (key in n) printf "%d\t%s, the first %.3f s into its connection, frames%s\n", n[key], key, after[key], frames[key] }' | sort -nr
}

dns_answers() {
  fields 'dns.flags.response==1 && !icmp' frame.number dns.flags.rcode dns.qry.name dns.time ip.src ipv6.src |
    awk -F'\t' '
      { key = "rcode " $2 " for " $3 " from " $5 $6; n[key]++; if ($4 + 0 > slow[key] + 0) { slow[key] = $4 }; if (n[key] <= 5) frames[key] = frames[key] " " $1 }
      END { for (key in n) if (key !~ /^rcode 0 / || slow[key] > 0.5) printf "%d\t%s, slowest %.3f s, frames%s\n", n[key], key, slow[key], frames[key] }' | sort -nr
}

tls_trouble() {
  fields 'tls.alert_message || tls.handshake.type==2' \
    frame.number ip.src ipv6.src ip.dst ipv6.dst tls.alert_message.level tls.alert_message.desc tls.handshake.version tls.handshake.ciphersuite |
    awk -F'\t' '
      { key = $7 != "" ? "alert level " $6 " description " $7 " from " $2 $3 " to " $4 $5 : "server " $2 $3 " chose version " $8 " suite " $9
        n[key]++; if (n[key] <= 5) frames[key] = frames[key] " " $1 }
      END { for (key in n) printf "%d\t%s, frames%s\n", n[key], key, frames[key] }' | sort -nr
}

http_answers() {
  fields 'http.response' frame.number http.response.code http.time ip.src ipv6.src |
    awk -F'\t' '
      { key = "status " $2 " from " $4 $5; n[key]++; sum[key] += $3; if ($3 + 0 > slow[key] + 0) { slow[key] = $3; at[key] = $1 } ; if (n[key] <= 5) frames[key] = frames[key] " " $1 }
      END { for (key in n) printf "%d\t%s, mean %.3f s, slowest %.3f s in frame %s, frames%s\n", n[key], key, sum[key] / n[key], slow[key], at[key], frames[key] }' | sort -nr
}

icmp_messages() {
  fields 'icmp || icmpv6' frame.number icmp.type icmp.code icmpv6.type icmpv6.code ip.src ipv6.src ip.dst ipv6.dst |
    awk -F'\t' '
      { key = ($2 != "" ? "ICMP type " $2 " code " $3 : "ICMPv6 type " $4 " code " $5) " " $6 $7 " -> " $8 $9; n[key]++; if (n[key] <= 5) frames[key] = frames[key] " " $1 }
      END { for (key in n) printf "%d\t%s, frames%s\n", n[key], key, frames[key] }' | sort -nr
}

arp_claims() {
  fields 'arp' frame.number arp.src.proto_ipv4 arp.src.hw_mac |
    awk -F'\t' '
      $2 != "0.0.0.0" && $2 != "" { if (!(($2, $3) in seen)) { seen[$2, $3] = 1; macs[$2]++; who[$2] = who[$2] " " $3 " (frame " $1 ")" } }
      END { for (ip in macs) if (macs[ip] > 1) printf "%s is claimed by%s\n", ip, who[ip] }' | sort
}

answer "Connection attempts that nobody answered" unanswered_connections
answer "Retransmissions by sender and connection" retransmitting_streams
answer "Resets by sender" resets
answer "DNS answers that failed or took longer than 0.5 s" dns_answers
answer "TLS alerts and what servers chose" tls_trouble
answer "HTTP answers by status and time" http_answers
answer "ICMP messages" icmp_messages
answer "Addresses claimed by more than one MAC" arp_claims
answer "Expert information of tshark, warnings and errors" tshark -n -q -r "$capture" -z expert,warn
echo
echo "== done =="
`;
