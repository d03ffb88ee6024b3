import { describe, expect, it } from 'vitest';
import { ACK, answer, factsFrom, handshake, request, RST_ACK, SYN, SYN_ACK, tcp } from '../packets.ts';

const at = (time: string) => ({ 'frame.time_epoch': time });
const FIN_ACK = '0x0011';
const outcomes = (frames: Parameters<typeof factsFrom>[0]) => {
  const counted = Object.entries(factsFrom(frames).tcp.outcomes ?? {});
  return Object.fromEntries(counted.filter(([, count]) => count > 0));
};

describe('the outcome of a TCP connection', () => {
  it.each([
    ['closed', [...handshake(), request, tcp(FIN_ACK), tcp(FIN_ACK, { way: 'down' })]],
    ['reset', [...handshake(), request, tcp(RST_ACK, { way: 'down' })]],
    ['stillOpen', [...handshake(), request, answer]],
    ['refused', [tcp(SYN), tcp(RST_ACK, { way: 'down' })]],
    ['unanswered', [tcp(SYN), tcp(SYN)]],
    ['halfOpen', [tcp(SYN), tcp(SYN_ACK, { way: 'down' })]],
    ['unknown', [tcp(ACK)]],
  ])('is %s', (outcome, frames) => {
    expect(outcomes(frames)).toEqual({ [outcome]: 1 });
  });

  it('is closed where a reset follows a FIN: many programs hang up so', () => {
    expect(outcomes([...handshake(), request, tcp(FIN_ACK), tcp(RST_ACK, { way: 'down' })])).toEqual({
      closed: 1,
    });
  });

  it('is killed for idleness where the reset comes after a minute of silence', () => {
    const late = { way: 'down' as const, 'frame.time_epoch': '1100.0' };

    expect(outcomes([...handshake(), request, tcp(RST_ACK, late)])).toEqual({ idleKilled: 1 });
  });
});

describe('the times of TCP connections', () => {
  it('splits the handshake at the capture point and takes the path off the answer', () => {
    const { times } = factsFrom([
      tcp(SYN, at('10.000')),
      tcp(SYN_ACK, { way: 'down', ...at('10.030') }),
      tcp(ACK, { ...at('10.040'), 'tcp.analysis.initial_rtt': '0.040' }),
      tcp(ACK, { ...at('11.000'), 'tcp.len': '10' }),
      tcp(ACK, { way: 'down', ...at('11.130'), 'tcp.len': '10' }),
    ]).tcp;

    expect(times?.serverSide).toMatchObject({ samples: 1, p50Ms: 30 });
    expect(times?.clientSide).toMatchObject({ p50Ms: 10 });
    expect(times?.network).toMatchObject({ p50Ms: 40 });
    expect(times?.serverResponse).toMatchObject({ maxMs: 100 });
  });

  it('takes the time to a refusal for no handshake', () => {
    const refusal = tcp(RST_ACK, { way: 'down', ...at('10.001'), 'tcp.analysis.initial_rtt': '0.001' });

    expect(factsFrom([tcp(SYN, at('10.000')), refusal]).tcp.medianHandshakeMs).toBeNull();
  });

  it('says nothing of a handshake that it did not see', () => {
    expect(factsFrom([request, answer]).tcp.times).toEqual({
      serverSide: null,
      clientSide: null,
      network: null,
      serverResponse: null,
    });
  });
});
