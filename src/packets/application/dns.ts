import { ipv4Text, ipv6Text } from '../addresses.ts';
import { latin1, u16, u8 } from '../bytes.ts';

const HEADER = 12;
const LONGEST_NAME = 255;
const MOST_QUESTIONS = 16;
const MOST_RECORDS = 256;
const MOST_ADDRESSES = 64;
const A = 1;
const PTR = 12;
const AAAA = 28;
const INTERNET = 1;
const POINTER = 0xc0;

/** What a DNS message says about itself and what it asks for. */
export interface DnsMessage {
  id: number;
  flags: number;
  /** How many questions it says that it has. */
  questions: number;
  names: string[];
  types: number[];
  /** IPv4 addresses of its records, at most 64; and so on. */
  addresses: string[];
  addresses6: string[];
  /** Names that its records are for, and those that they point back to. */
  owners: string[];
  pointers: string[];
  /** Whether a question does not end where the message does, or names something that loops. */
  isBroken: boolean;
}

/** Whether a message of DNS (or of mDNS and LLMNR, which look the same) can begin here. */
export const isDns = (start: number, end: number): boolean => end - start >= HEADER;

/** Reads header, questions and addresses; a name that is broken or loops ends the reading. */
export function readDns(bytes: Uint8Array, start: number, end: number): DnsMessage {
  const message: DnsMessage = {
    id: u16(bytes, start),
    flags: u16(bytes, start + 2),
    questions: u16(bytes, start + 4),
    names: [],
    types: [],
    addresses: [],
    addresses6: [],
    owners: [],
    pointers: [],
    isBroken: true,
  };
  const questions = Math.min(message.questions, MOST_QUESTIONS);
  let at = start + HEADER;
  for (let index = 0; index < questions; index += 1) {
    const name = readName(bytes, start, at, end);
    if (name === null) return message;
    message.names.push(name.text);
    if (end - name.end < 4) return message;
    message.types.push(u16(bytes, name.end));
    at = name.end + 4;
  }
  message.isBroken = false;
  if (questions === message.questions) readAddresses(message, bytes, start, at, end);
  return message;
}

/** Addresses and names in the records of all three sections (RFC 1035, section 4.1.3). */
function readAddresses(
  { addresses, addresses6, owners, pointers }: DnsMessage,
  bytes: Uint8Array,
  start: number,
  from: number,
  end: number,
): void {
  const records = u16(bytes, start + 6) + u16(bytes, start + 8) + u16(bytes, start + 10);
  let at = from;
  for (let index = 0; index < Math.min(records, MOST_RECORDS); index += 1) {
    const name = readName(bytes, start, at, end);
    if (name === null || end - name.end < 10) return;
    const data = name.end + 10;
    const length = u16(bytes, name.end + 8);
    if (length > end - data) return;
    const type = u16(bytes, name.end);
    // The highest bit of the class is multicast DNS's: forget what you knew.
    const isInternet = (u16(bytes, name.end + 2) & 0x7fff) === INTERNET;
    if (owners.length < MOST_ADDRESSES) owners.push(name.text);
    if (isInternet && type === A && length === 4 && addresses.length < MOST_ADDRESSES)
      addresses.push(ipv4Text(bytes, data));
    if (isInternet && type === AAAA && length === 16 && addresses6.length < MOST_ADDRESSES)
      addresses6.push(ipv6Text(bytes, data));
    if (isInternet && type === PTR && pointers.length < MOST_ADDRESSES) {
      const pointer = readName(bytes, start, data, end);
      if (pointer !== null) pointers.push(pointer.text);
    }
    at = data + length;
  }
}

/** The name at `at` as tshark prints it, and where it ends. */
function readName(
  bytes: Uint8Array,
  start: number,
  from: number,
  end: number,
): { text: string; end: number } | null {
  const labels: string[] = [];
  let length = 0;
  let behind = -1;
  for (let at = from; at < end;) {
    const size = u8(bytes, at);
    if (size === 0) {
      return { text: labels.length === 0 ? '<Root>' : labels.join('.'), end: behind < 0 ? at + 1 : behind };
    }
    if ((size & POINTER) === POINTER) {
      if (behind < 0) behind = at + 2;
      const target = start + (u16(bytes, at) & 0x3fff);
      // Only ever backwards: a chain of pointers ends.
      if (target >= at || at + 2 > end) return null;
      at = target;
      length += 2;
    } else {
      if ((size & POINTER) !== 0 || at + 1 + size > end) return null;
      labels.push(latin1(bytes, at + 1, at + 1 + size));
      length += size + 1;
      at += 1 + size;
    }
    if (length > 4 * LONGEST_NAME) return null;
  }
  return null;
}
