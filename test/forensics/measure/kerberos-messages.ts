/** Kerberos messages (RFC 4120) in DER, as far as the dissector wants them. */

const tlv = (tag: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length < 0x80 ? [body.length] : [0x82, (body.length >> 8) & 0xff, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...parts: Buffer[]): Buffer => tlv(0x30, ...parts);
const field = (number: number, ...parts: Buffer[]): Buffer => tlv(0xa0 + number, ...parts);
const application = (number: number, ...parts: Buffer[]): Buffer => tlv(0x60 + number, ...parts);
const integer = (value: number): Buffer => tlv(0x02, Buffer.from([value & 0xff]));
const text = (value: string): Buffer => tlv(0x1b, Buffer.from(value));
const bytes = (length: number): Buffer => tlv(0x04, Buffer.alloc(length, 0x5a));
const time = (): Buffer => tlv(0x18, Buffer.from('20370913024805Z'));

const name = (type: number, ...parts: string[]): Buffer =>
  sequence(field(0, integer(type)), field(1, sequence(...parts.map(text))));
const sealed = (kind: number): Buffer => sequence(field(0, integer(kind)), field(2, bytes(40)));
const ticket = (kind: number, ...service: string[]): Buffer =>
  application(
    1,
    sequence(
      field(0, integer(5)),
      field(1, text('A.EXAMPLE')),
      field(2, name(2, ...service)),
      field(3, sealed(kind)),
    ),
  );

/** A request for a service ticket that accepts these kinds of encryption; its own ticket has AES. */
export function ticketRequest(service: string[], accepts: number[]): Buffer {
  const shown = application(
    14,
    sequence(
      field(0, integer(5)),
      field(1, integer(14)),
      field(2, tlv(0x03, Buffer.from([0, 0, 0, 0, 0]))),
      field(3, ticket(18, 'krbtgt', 'A.EXAMPLE')),
      field(4, sealed(18)),
    ),
  );
  const padata = sequence(sequence(field(1, integer(1)), field(2, tlv(0x04, shown))));
  const body = sequence(
    field(0, tlv(0x03, Buffer.from([0, 0x40, 0x81, 0, 0]))),
    field(2, text('A.EXAMPLE')),
    field(3, name(2, ...service)),
    field(5, time()),
    field(7, tlv(0x02, Buffer.from([0x12, 0x34, 0x56, 0x78]))),
    field(8, sequence(...accepts.map(integer))),
  );
  return application(
    12,
    sequence(field(1, integer(5)), field(2, integer(12)), field(3, padata), field(4, body)),
  );
}

/** A service ticket sealed with one kind of encryption; what is for the client has AES. */
export const ticketAnswer = (user: string, service: string[], kind: number): Buffer =>
  application(
    13,
    sequence(
      field(0, integer(5)),
      field(1, integer(13)),
      field(3, text('A.EXAMPLE')),
      field(4, name(1, user)),
      field(5, ticket(kind, ...service)),
      field(6, sealed(18)),
    ),
  );

/** A request to be logged in. */
export const loginRequest = (user: string): Buffer =>
  application(
    10,
    sequence(
      field(1, integer(5)),
      field(2, integer(10)),
      field(
        4,
        sequence(
          field(0, tlv(0x03, Buffer.from([0, 0x40, 0x81, 0, 0]))),
          field(1, name(1, user)),
          field(2, text('A.EXAMPLE')),
          field(3, name(2, 'krbtgt', 'A.EXAMPLE')),
          field(5, time()),
          field(7, tlv(0x02, Buffer.from([0x12, 0x34, 0x56, 0x78]))),
          field(8, sequence(integer(18), integer(17), integer(23))),
        ),
      ),
    ),
  );

/** An error: 6 is a name that does not exist, 24 a wrong password. */
export const loginError = (code: number): Buffer =>
  application(
    30,
    sequence(
      field(0, integer(5)),
      field(1, integer(30)),
      field(4, time()),
      field(5, integer(0)),
      field(6, integer(code)),
      field(9, text('A.EXAMPLE')),
      field(10, name(2, 'krbtgt', 'A.EXAMPLE')),
    ),
  );
