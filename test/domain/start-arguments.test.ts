import { describe, expect, it } from 'vitest';
import { eachTarget, StartCaptureArguments } from '../../src/domain/start-arguments.ts';

function requests(given: unknown) {
  const { dry_run: _dryRun, ...request } = StartCaptureArguments.parse(given);
  return eachTarget(request);
}

describe('a start of several targets', () => {
  it('is one request for each, which says what the call says where the target says nothing', () => {
    const [one, two] = requests({
      targets: [
        { target: 'a', resource_group: 'rg-a', filters: [{ protocol: 'UDP' }] },
        { target: 'b', target_type: 'AzureVMSS', include_instances: ['0'], location: 'westus' },
      ],
      resource_group: 'rg',
      location: 'eastus',
      filters: [{ protocol: 'TCP' }],
      duration_seconds: 30,
      request_id: 'r',
    });

    expect(one).toMatchObject({
      target: 'a',
      resource_group: 'rg-a',
      location: 'eastus',
      filters: [{ protocol: 'UDP' }],
      include_instances: [],
      duration_seconds: 30,
      request_id: 'r',
    });
    expect(two).toMatchObject({
      target: 'b',
      target_type: 'AzureVMSS',
      resource_group: 'rg',
      location: 'westus',
      filters: [{ protocol: 'TCP' }],
      include_instances: ['0'],
    });
  });

  it('keeps what is no argument of a task out of the tasks', () => {
    const [only] = requests({ target: 'a', plan_id: 'p' });

    expect(only).not.toHaveProperty('plan_id');
    expect(only).not.toHaveProperty('targets');
  });
});
