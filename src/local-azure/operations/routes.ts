import { armError, type Call, type Reply, type Route } from '../http/exchange.ts';
import type { Pace } from '../pace.ts';
import type { Operation, Operations } from './operations.ts';
import type { UrlSigner } from './signed-url.ts';

const failure = { code: 'InternalServerError', message: 'An error occurred.' };

const cancellation = { code: 'Canceled', message: 'Operation was canceled.' };

/** The two addresses that clients poll: the state of an operation, and its result. */
export function operationRoutes(deps: { operations: Operations; signer: UrlSigner; pace: Pace }): Route[] {
  const answering = (answer: (operation: Operation) => Reply) => (call: Call) => {
    if (!deps.signer.verify(call.url)) {
      // What the real service answers to an altered address is not on record; this code is our own.
      return armError(
        403,
        'LocalAzureSignatureMismatch',
        'The signature of the operation address is not valid.',
      );
    }
    const operation = deps.operations.find(call.param('id'));
    return operation === undefined
      ? armError(404, 'OperationNotFound', `The operation '${call.param('id')}' was not found.`)
      : answer(operation);
  };
  return ['Microsoft.Network', 'Microsoft.Compute'].flatMap((provider): Route[] => {
    const base = `/subscriptions/:subscription/providers/${provider}/locations/:region`;
    const action = `${provider}/locations/operations/read`;
    return [
      { method: 'GET', path: `${base}/operations/:id`, action, handle: answering(state) },
      {
        method: 'GET',
        path: `${base}/operationResults/:id`,
        action,
        handle: answering((operation) => result(operation, deps.pace)),
      },
    ];
  });
}

function state({ plan, name, startTime, state: status }: Operation): Reply {
  // Compute's operations tell when they began and their name, the network's only how they stand.
  const more = plan.provider === 'Microsoft.Compute' && { startTime: startTime.toISOString(), name };
  const error = { Failed: failure, Canceled: cancellation, InProgress: undefined, Succeeded: undefined }[
    status
  ];
  const ended = status === 'Succeeded' && plan.succeededWith;
  return { status: 200, body: { ...more, status, ...(error && { error }), ...ended } };
}

function result(operation: Operation, pace: Pace): Reply {
  const location = { location: operation.resultUrl };
  const both = { ...location, 'azure-asyncoperation': operation.statusUrl };
  if (operation.state === 'Failed' || operation.state === 'Canceled') {
    return armError(500, failure.code, failure.message);
  }
  if (operation.state === 'InProgress') {
    const wait = operation.plan.retryAfter;
    const headers = wait === undefined ? both : { ...both, 'retry-after': pace.retryAfter(wait) };
    return { status: 202, headers, body: null };
  }
  return { ...operation.plan.result(), headers: operation.plan.statusHeaderAtEnd ? both : location };
}
