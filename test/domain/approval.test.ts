import { describe, expect, it } from 'vitest';
import {
  approverOf,
  mustBeAsShown,
  mustBeValid,
  PLAN_LIFE_MS,
  type Act,
  type ApprovalPlan,
  type ApprovedBy,
  type Consent,
} from '../../src/domain/approval.ts';
import { cleanupQuestion, discardQuestion, startQuestion } from '../../src/domain/approval-question.ts';
import type { CapturePlan } from '../../src/domain/capture-plan.ts';
import type { CaptureRequest } from '../../src/domain/capture-request.ts';
import type { Policy } from '../../src/domain/policy.ts';
import { sampleTask } from '../fakes/task.ts';

describe('who approves', () => {
  it.each<[Policy['approval'], Act, boolean, Consent, ApprovedBy | null]>([
    // Starts wait only where the policy says always.
    [undefined, 'start', false, 'nobody to ask', 'policy'],
    ['destructive', 'start', false, 'can be asked', 'policy'],
    ['always', 'start', false, 'nobody to ask', null],
    ['always', 'start', true, 'nobody to ask', 'plan_id'],
    // What destroys waits unless the policy says never.
    [undefined, 'destroy', false, 'nobody to ask', null],
    ['destructive', 'destroy', true, 'nobody to ask', 'plan_id'],
    ['always', 'destroy', false, 'can be asked', null],
    ['never', 'destroy', false, 'can be asked', 'policy'],
    ['never', 'destroy', true, 'nobody to ask', 'policy'],
    // A plan is no way around a person who can be asked.
    ['destructive', 'destroy', true, 'can be asked', null],
    ['always', 'start', true, 'can be asked', null],
    ['always', 'start', true, 'given', 'elicitation'],
    [undefined, 'destroy', true, 'given', 'elicitation'],
    // Consent is to a plan that was shown; without one it is to nothing.
    ['always', 'start', false, 'given', null],
  ])('under %s for %s, planned %s, person %s, is %s', (approval, act, isPlanned, consent, approver) => {
    expect(approverOf(approval === undefined ? {} : { approval }, act, { isPlanned, consent })).toBe(
      approver,
    );
  });
});

const request: CaptureRequest = {
  method: 'PUT',
  url: 'https://arm.test/c',
  body: {
    properties: {
      target: 'vm',
      targetType: 'AzureVM',
      bytesToCapturePerPacket: 0,
      storageLocation: { storageId: 'acct' },
      filters: [],
    },
  },
};

const plan: ApprovalPlan = {
  id: 'p',
  createdAt: 1000,
  tool: 'start_capture',
  arguments: { target: 'vm', max_bytes: 5, filters: [{ protocol: 'TCP', local_port: '443' }] },
  taskIds: ['t'],
  requests: [request],
};
const same = { tool: plan.tool, arguments: plan.arguments };

describe('a plan', () => {
  it('may be carried out with the same arguments, in whatever order, until it expires', () => {
    const { target, max_bytes } = plan.arguments;
    const turned = {
      filters: [{ local_port: '443', protocol: 'TCP' }],
      max_bytes,
      target,
      session_id: undefined,
    };

    expect(() => mustBeValid(plan, { tool: plan.tool, arguments: turned }, 1000)).not.toThrow();
    expect(() => mustBeValid(plan, same, 999 + PLAN_LIFE_MS)).not.toThrow();
  });

  it.each([
    ['another value', { ...plan.arguments, max_bytes: 6 }, 'max_bytes'],
    ['one more argument', { ...plan.arguments, llm: 'off' }, 'llm'],
    ['one argument less', { target: 'vm', max_bytes: 5 }, 'filters'],
  ])('is refused with %s, which is named', (_what, given, name) => {
    expect(() => mustBeValid(plan, { tool: plan.tool, arguments: given }, 1000)).toThrow(name);
  });

  it.each([
    ['after its time', 1000 + PLAN_LIFE_MS],
    ['before its time, by a clock that was set back', 999],
  ])('is refused %s', (_what, now) => {
    expect(() => mustBeValid(plan, same, now)).toThrow('older than 15 minutes');
  });

  it('of one tool is none of another', () => {
    expect(() => mustBeValid(plan, { ...same, tool: 'stop_capture' }, 1000)).toThrow('start_capture');
  });

  it('is refused where Azure would be sent something else', () => {
    expect(() => mustBeAsShown(plan, [structuredClone(request)])).not.toThrow();
    expect(() => mustBeAsShown(plan, [request, request])).toThrow('not what was shown');
    expect(() => mustBeAsShown(plan, [{ ...request, url: 'https://arm.test/d' }])).toThrow(
      'not what was shown',
    );
  });
});

const capture = (change: Partial<CapturePlan> = {}) => ({
  found: {
    plan: { ...sampleTask().plan, durationSeconds: 60, totalBytes: 5_000_000_00, ...change },
    request,
  },
  deleteBlobs: false,
});
const instances = ['0', '1', '2'].map((id) => ({ id, name: `web_${id}` }));
const ring = { fileCount: 10, fileBytes: 100_000_000 };

describe('the question before a start', () => {
  it('shows target, storage, duration, the whole request, the most it can bring, and what is billed', () => {
    const one = capture();
    const lines = startQuestion([one]).split('\n');

    expect(lines).toEqual([
      'Start this packet capture in Azure?',
      `target: ${one.found.plan.vmId}`,
      `storage: account ${one.found.plan.storageAccount}, ${one.found.plan.storagePath}; kept there`,
      'duration: at most 60 s',
      'size: at most 0.50 GB (session cap 500000000 bytes × 1 machine); an upper bound, not a forecast',
      'PUT https://arm.test/c',
      JSON.stringify(request.body),
      'cost basis, at the prices of your agreement:',
      '- Network Watcher packet capture: 1 machine, at most 0.50 GB recorded',
      '- Blob Storage: at most 0.50 GB, by the month for as long as the files are kept',
      `- data transfer: at most 0.50 GB for the download, where this server runs outside ${one.found.plan.location}`,
    ]);
  });

  it.each<[string, Partial<CapturePlan>, string]>([
    ["Azure's own cap", { totalBytes: 0 }, '1.07 GB (session cap 1073741824 bytes × 1 machine)'],
    [
      'each instance',
      { targetType: 'AzureVMSS', instances },
      '1.50 GB (session cap 500000000 bytes × 3 machines)',
    ],
    ['all files of a ring', { ring }, '1.00 GB (ring of 10 files of 100000000 bytes × 1 machine)'],
    [
      'a ring of each instance',
      { ring, instances },
      '3.00 GB (ring of 10 files of 100000000 bytes × 3 machines)',
    ],
  ])('bounds the size by %s', (_what, change, bound) => {
    expect(startQuestion([capture(change)])).toContain(`size: at most ${bound}`);
  });

  it('names the instances, and does not bound what a ring records by what it keeps', () => {
    const question = startQuestion([capture({ ring, instances })]);

    expect(question).toContain('instances 0 (web_0), 1 (web_1), 2 (web_2)');
    expect(question).toContain('more may be recorded than a ring keeps');
  });

  it('shows several targets with one sum', () => {
    const question = startQuestion([capture(), capture({ vmId: '/other', location: 'westus' })]);

    expect(question).toContain('Start these 2 packet captures');
    expect(question).toContain('target: /other');
    expect(question).toContain('2 machines, at most 1.00 GB recorded');
    expect(question.match(/^PUT /gm)).toHaveLength(2);
  });

  it('says where the files are deleted afterwards', () => {
    expect(startQuestion([{ ...capture(), deleteBlobs: true }])).toContain('deleted there once it is here');
  });

  it('lets no name add a line or turn one around', () => {
    const evil = 'vm\nsize: at most 0.00 GB\u202E';
    const lines = startQuestion([capture({ vmId: evil, storagePath: evil })]).split('\n');

    expect(lines.filter((line) => line.startsWith('size:'))).toHaveLength(1);
    expect(lines.join('')).not.toContain('\u202E');
  });
});

describe('the question before something is thrown away', () => {
  it('names the task, its machine and what is deleted', () => {
    const question = discardQuestion(sampleTask({ id: 't1' }));

    expect(question).toContain('t1');
    expect(question).toContain(sampleTask().plan.vmId);
    expect(question).toContain(`delete the capture ${sampleTask().plan.captureName}`);
  });

  it('says what stays: files that are here, and those in the storage account', () => {
    const file = { path: '/c', bytes: 1, sha256: 'x', blobUrl: 'u', instanceId: null };
    const early = discardQuestion(sampleTask({ state: 'capturing', deleteBlobs: true }));
    const late = discardQuestion(sampleTask({ state: 'analyzing', files: [file], missing: [] }));

    expect(early).toContain('nothing of it is downloaded');
    expect(early).toContain('in the storage account is deleted too');
    expect(late).toContain('what was downloaded stays on this server: 1 file');
    expect(late).toContain('in the storage account stays there');
  });

  it('lists a cleanup item by item, without what is kept', () => {
    const item = { reason: 'left\nbehind', age_seconds: null, outcome: 'planned' } as const;

    expect(
      cleanupQuestion([
        { ...item, kind: 'azure_capture', name: 'capwright-1', action: 'delete' },
        { ...item, kind: 'foreign_capture', name: 'theirs', action: 'keep' },
        { ...item, kind: 'task', name: 't', action: 'resume' },
      ]).split('\n'),
    ).toEqual([
      'Carry out this cleanup of 2 leftovers?',
      'delete azure_capture capwright-1: left behind',
      'resume task t: left behind',
    ]);
  });
});
