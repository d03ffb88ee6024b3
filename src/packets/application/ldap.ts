import { layer } from '../layers.ts';
import { elementAt, elementsIn, SEQUENCE, smallNumber } from './der.ts';
import { createTlsReader, isTlsStart } from './tls.ts';
import { hear, hearLayer, type MessageReader } from './heard.ts';

const LDAP = layer('ldap');
const LONGEST = 1_048_576;
/** Answers that carry an LDAPResult: bind, search done, modify, add, delete, rename, compare, extended (RFC 4511). */
const RESULTS = new Set([0x61, 0x65, 0x67, 0x69, 0x6b, 0x6d, 0x6f, 0x78]);

/** LDAP (RFC 4511): the results of operations. */
export function createLdapReader(): MessageReader {
  return {
    begins: (bytes, start) => bytes[start] === SEQUENCE,
    // Its operation StartTLS (RFC 4511, section 4.14) is followed by bytes that no message of LDAP begins with.
    successor: (bytes, start, end) => (isTlsStart(bytes, start, end) ? createTlsReader() : null),
    take: (bytes, start, end, heard) => {
      if (bytes[start] !== SEQUENCE) return -1;
      const message = elementAt(bytes, start, end);
      if (message === null) return end - start > LONGEST ? -1 : 0;
      hearLayer(heard, LDAP);
      const [, operation] = elementsIn(bytes, message.start, message.end);
      if (operation !== undefined && RESULTS.has(operation.tag)) {
        const [code] = elementsIn(bytes, operation.start, operation.end);
        const value = code === undefined ? null : smallNumber(bytes, code);
        if (value !== null) hear(heard, 'ldap.resultCode', String(value));
      }
      return message.end - start;
    },
    finish: () => undefined,
  };
}
