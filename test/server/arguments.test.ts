import { describe, expect, it } from 'vitest';
import { parseArguments } from '../../src/server/arguments.ts';
import { createTools } from '../../tools/index.ts';
import { createFakeUseCases } from '../fakes/use-cases.ts';

const tools = new Map(createTools(createFakeUseCases()).map((tool) => [tool.name, tool]));

function complaintOf(name: string, args: unknown): string {
  const tool = tools.get(name);
  if (tool === undefined) throw new Error(`no tool ${name}`);
  try {
    parseArguments(tool, args);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return 'accepted';
}

describe('parseArguments', () => {
  it.each([
    ['start_capture', {}, 'give target, or targets for several: neither was given'],
    ['start_capture', { target: 'a', targets: [{ target: 'b' }, { target: 'c' }] }, 'both were given'],
    ['start_capture', { targets: [{ target: 'b' }] }, 'targets: Too small'],
    ['start_capture', { targets: Array.from({ length: 9 }, () => ({ target: 'b' })) }, 'targets: Too big'],
    ['start_capture', { targets: [{ target: 'b' }, {}] }, 'targets.1.target: '],
    [
      'start_capture',
      { targets: [{ target: 'b' }, { target: 'c', duration_seconds: 5 }] },
      'unknown argument "targets.1.duration_seconds"; allowed in targets.1 are target, target_type',
    ],
    ['start_capture', { target: 'vm', dry_run: true, plan_id: 'p' }, 'plan_id: a dry_run starts nothing'],
    ['stop_capture', { task_id: 't', plan_id: 'p' }, 'plan_id: only discard takes one'],
    ['start_capture', { target: 7 }, 'target: Invalid input: expected string'],
    ['start_capture', { target: 'vm', duration_seconds: 0 }, 'duration_seconds: '],
    ['start_capture', { target: 'vm', duration_seconds: 604_801 }, 'duration_seconds: '],
    ['start_capture', { target: 'vm', storage_container: 'Upper' }, 'storage_container: a container name'],
    ['start_capture', { target: 'vm', llm: 'gpt' }, 'llm: '],
    ['check_task', { task_id: 't', wait_seconds: 1.5 }, 'wait_seconds: '],
    ['analyze_pcap', {}, 'give exactly one of pcap_path, task_id and blob_url'],
    ['analyze_pcap', { pcap_path: 'a', task_id: 'b' }, 'give exactly one of'],
    ['cleanup_orphans', { plan_id: '' }, 'plan_id: '],
    ['cleanup_orphans', 'all', 'Invalid input: expected object'],
    ['cleanup_orphans', { force: true }, 'unknown argument "force"; allowed are plan_id'],
  ])('tells a caller of %s what is wrong with %j', (name, args, complaint) => {
    expect(complaintOf(name, args)).toContain(complaint);
  });

  it('names what is allowed at the place of the unknown argument, not at the root', () => {
    const complaint = complaintOf('start_capture', {
      target: 'vm',
      filters: [{ protocol: 'TCP', dst_port: '443' }],
    });

    expect(complaint).toContain(
      'unknown argument "filters.0.dst_port"; allowed in filters.0 are protocol, local_ip',
    );
    expect(complaint).not.toContain('storage_account');
  });

  it.each([
    [{ filters: [{ protocol: 'ICMP' }] }, 'filters.0.protocol: ', '"TCP"|"UDP"|"Any" (was "ICMP")'],
    [{ duration_seconds: 604_801 }, 'duration_seconds: ', '<=604800 (was 604801)'],
    [{ continuous: { file_count: 257 } }, 'continuous.file_count: ', '<=256 (was 257)'],
    [{ dry_run: 'yes' }, 'dry_run: ', 'expected boolean, received string (was "yes")'],
    [{ session_id: 'a\n\u001b[31mb' }, 'session_id: ', '(was "a b")'],
    [{ filters: Array.from({ length: 11 }, () => ({})) }, 'filters: ', '<=10 items (was a list of 11)'],
    [{ location: 'x'.repeat(65) }, 'location: ', '<=64 characters (was a text of 65 characters)'],
  ])('names field, value and what is allowed for %j', (args, field, allowed) => {
    const complaint = complaintOf('start_capture', { target: 'vm', ...args });

    expect(complaint).toContain(field);
    expect(complaint).toContain(allowed);
  });

  it.each(['sv=2024&sig=hush', `hush${'k'.repeat(84)}`])(
    'never repeats %s, a secret in the wrong place',
    (secret) => {
      const complaint = complaintOf('check_task', { task_id: 't', wait_seconds: secret });

      expect(complaint).toContain('wait_seconds: ');
      expect(complaint).not.toContain('hush');
    },
  );

  it('stays short however much is wrong', () => {
    const args = Object.fromEntries(Array.from({ length: 500 }, (_, n) => [`argument_${n}`, n]));

    expect(complaintOf('start_capture', { ...args, target: 1 }).length).toBeLessThan(2000);
  });
});
