import { armError, type Call, type Reply, type Route } from '../http/exchange.ts';
import type { Pace } from '../pace.ts';
import type { Operation, Operations } from './operations.ts';
import type { UrlSigner } from './signed-url.ts';

const failure = { code: 'InternalServerError', message: 'An error occurred.' };

/** The two addresses that clients poll: the state of an operation, and its result. */
export function operationRoutes(deps: { operations: Operations; signer: UrlSigner; pace: Pace }): Route[] {
  const base = '/subscriptions/:subscription/providers/Microsoft.Network/locations/:region';
  const action = 'Microsoft.Network/locations/operations/read';
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
  return [
    { method: 'GET', path: `${base}/operations/:id`, action, handle: answering(state) },
    {
      method: 'GET',
      path: `${base}/operationResults/:id`,
      action,
      handle: answering((operation) => result(operation, deps.pace)),
    },
  ];
}

function state(operation: Operation): Reply {
  const failed = operation.state === 'Failed' && { error: failure };
  const ended = operation.state === 'Succeeded' && operation.plan.statusHeaderAtEnd && { properties: {} };
  return { status: 200, body: { status: operation.state, ...failed, ...ended } };
}

function result(operation: Operation, pace: Pace): Reply {
  const location = { location: operation.resultUrl };
  const both = { ...location, 'azure-asyncoperation': operation.statusUrl };
  if (operation.state === 'Failed') {
    return armError(500, failure.code, failure.message);
  }
  if (operation.state === 'InProgress') {
    const wait = operation.plan.retryAfter;
    const headers = wait === undefined ? both : { ...both, 'retry-after': pace.retryAfter(wait) };
    return { status: 202, headers, body: null };
  }
  return { ...operation.plan.result(), headers: operation.plan.statusHeaderAtEnd ? both : location };
}
