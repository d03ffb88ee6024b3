/**
 * What stands in a generated capture, counted where each packet was written. TCP marks are named as tshark names them
 * (`tcp.analysis.…`), and `retransmissions` counts the fast and the spurious ones too, as that filter does.
 */
export const noTruth = () => ({
  packets: 0,
  fileBytes: 0,
  /** Bytes of packets as they were on the wire. */
  wireBytes: 0,
  tcpConversations: 0,
  udpConversations: 0,
  syn: 0,
  synAck: 0,
  fin: 0,
  rst: 0,
  retransmissions: 0,
  fastRetransmissions: 0,
  spuriousRetransmissions: 0,
  lostSegments: 0,
  ackedUnseen: 0,
  duplicateAcks: 0,
  zeroWindows: 0,
  zeroWindowProbes: 0,
  zeroWindowProbeAcks: 0,
  windowUpdates: 0,
  keepAlives: 0,
  keepAliveAcks: 0,
  dnsQueries: 0,
  dnsResponses: 0,
  dnsNoSuchName: 0,
  dnsServerFailure: 0,
  /** Questions, each counted once, that nobody answered. */
  dnsUnanswered: 0,
  clientHellos: 0,
  serverNames: 0,
  serverHellos: 0,
  certificateMessages: 0,
  /** Alerts that are not encrypted. */
  plainAlerts: 0,
  httpRequests: 0,
  httpResponses: 0,
  /** Status codes of 400 and above. */
  httpErrors: 0,
  basicLogins: 0,
  ftpPasswords: 0,
  ftpRefusals: 0,
  arpPackets: 0,
  pings: 0,
  fragments: 0,
  tunnelled: 0,
  malformed: 0,
  /** Packets of each planted attack. */
  synScanProbes: 0,
  synFloodPackets: 0,
  spoofedArpReplies: 0,
  tunnelQueries: 0,
  beacons: 0,
});

export type Truth = ReturnType<typeof noTruth>;
