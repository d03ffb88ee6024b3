import { describe, expect, it } from 'vitest';
import { StartCaptureInput } from '../../src/domain/inputs.ts';
import { mustLeaveFewFiles, sessionTerms } from '../../src/domain/session-terms.ts';

const VM = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachines/web';
const SET = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/pool';
const terms = (change: Record<string, unknown>) =>
  sessionTerms(StartCaptureInput.parse({ target: 'web', ...change }));

describe('what a request leaves out', () => {
  it('is a minute for a plain session and a day for a ring', () => {
    expect(terms({})).toEqual({ durationSeconds: 60, ring: null, targetType: null });
    expect(terms({ continuous: {} })).toEqual({
      durationSeconds: 86_400,
      ring: { fileCount: 10, fileBytes: 104_857_600 },
      targetType: null,
    });
  });

  it('is taken as it was asked for where it was', () => {
    expect(terms({ duration_seconds: 18_000 }).durationSeconds).toBe(18_000);
    expect(terms({ duration_seconds: 604_800, continuous: { file_count: 1 } }).durationSeconds).toBe(604_800);
    expect(terms({ target_type: 'AzureVMSS', include_instances: ['1'] }).targetType).toBe('AzureVMSS');
    expect(terms({ target: SET, exclude_instances: ['1'] }).targetType).toBeNull();
  });
});

describe('arguments that mean nothing together', () => {
  it.each([
    [{ duration_seconds: 18_001 }, ['duration_seconds', '18001'], '18000'],
    [{ continuous: {}, max_bytes: 5 }, ['max_bytes', '5', 'continuous'], 'no max_bytes'],
    [{ target: VM, include_instances: ['3'] }, ['include_instances', '"3"', 'VM'], 'AzureVMSS'],
    [{ exclude_instances: ['3', '4'] }, ['exclude_instances', '"3", …', 'VM'], 'AzureVMSS'],
    [{ target: VM, target_type: 'AzureVMSS' }, ['target_type', '"AzureVMSS"', 'AzureVM'], '"AzureVM"'],
    [{ target: SET, target_type: 'AzureVM' }, ['target_type', '"AzureVM"', 'AzureVMSS'], '"AzureVMSS"'],
    [
      { target: SET, include_instances: ['3', '4'], exclude_instances: [`${SET}/virtualMachines/4`] },
      ['include_instances', 'exclude_instances', '"4"'],
      'at most one',
    ],
  ])('%j are refused with field, value and what is allowed', (change, named, allowed) => {
    let thrown: unknown;
    try {
      terms(change);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'INVALID_ARGUMENT' });
    named.forEach((word) => expect(thrown).toMatchObject({ message: expect.stringContaining(word) }));
    expect(thrown).toMatchObject({ next: expect.stringContaining(allowed) });
  });

  it('are a ring and a scale set that leave more files together than a task takes', () => {
    const instances = Array.from({ length: 129 }, (_, n) => ({ id: String(n), name: `web_${n}` }));
    const ring = { fileCount: 2, fileBytes: 1_000_000 };

    expect(() => mustLeaveFewFiles({ ring: null, instances })).not.toThrow();
    expect(() => mustLeaveFewFiles({ ring, instances: instances.slice(1) })).not.toThrow();
    expect(() => mustLeaveFewFiles({ ring, instances })).toThrow(
      /129 instances and continuous\.file_count is 2/,
    );
  });

  it('are quoted in short and on one line, whatever they hold', () => {
    const hostile = `3\n${'x'.repeat(500)}`;

    expect(() => terms({ target: VM, include_instances: [hostile] })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('\n') }),
    );
  });
});
