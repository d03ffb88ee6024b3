import {
  APIConnectionError,
  APIConnectionTimeoutError,
  APIError,
  APIUserAbortError,
} from '@anthropic-ai/sdk';
import { CapwrightError } from '../../domain/errors.ts';

/** Puts an error of the SDK into our own words; nothing of the provider's text or of our key goes along. */
export function toCapwrightError(error: unknown, signal: AbortSignal): CapwrightError {
  if (error instanceof CapwrightError) return error;
  if (signal.aborted) {
    return new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again to start anew.');
  }
  if (error instanceof APIUserAbortError || error instanceof APIConnectionTimeoutError) {
    return unavailable('The model did not answer in time.', 'Run the analysis again later.');
  }
  if (error instanceof APIConnectionError) {
    return unavailable(
      "The model's API could not be reached.",
      'Check the network, the proxy and ANTHROPIC_BASE_URL, then run the analysis again.',
    );
  }
  if (error instanceof APIError) return fromApi(error);
  return unavailable(
    "The model's reply could not be read.",
    'Check ANTHROPIC_BASE_URL, then run the analysis again.',
  );
}

function fromApi(error: APIError): CapwrightError {
  const { status, type } = error;
  if (status === 401 || type === 'authentication_error') {
    return refused(
      'The model API refused the key (401).',
      'Set a valid ANTHROPIC_API_KEY and restart the server.',
    );
  }
  if (status === 403 || type === 'permission_error') {
    return refused(
      'The model API denied the key access (403).',
      'Give the key access to this model, or choose another with ANTHROPIC_MODEL.',
    );
  }
  if (status === 402 || type === 'billing_error') {
    return refused(
      'The model API asks for payment (402).',
      'Check the billing of the account behind the key.',
    );
  }
  if (status === 404 || type === 'not_found_error') {
    return refused(
      'The model API does not know this model or address (404).',
      'Correct ANTHROPIC_MODEL or ANTHROPIC_BASE_URL.',
    );
  }
  if (status === 429 || type === 'rate_limit_error') {
    return unavailable('The model API limits the rate (429).', 'Wait a minute, then run the analysis again.');
  }
  if (status === 529 || type === 'overloaded_error') {
    return unavailable('The model API is overloaded (529).', 'Run the analysis again later.');
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return refused(
      `The model API rejected the request (${status}).`,
      'Check that ANTHROPIC_MODEL supports structured output.',
    );
  }
  return unavailable('The model API failed.', 'Run the analysis again later.');
}

// The SDK's error is not kept as the cause: it quotes the request's headers and the provider's text.
const refused = (message: string, next: string) => new CapwrightError('MODEL_REFUSED', message, next);
const unavailable = (message: string, next: string) => new CapwrightError('MODEL_UNAVAILABLE', message, next);
