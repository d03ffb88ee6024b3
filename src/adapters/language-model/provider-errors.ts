import { CapwrightError } from '../../domain/errors.ts';

/** The settings that a provider's errors are mended with. */
export interface ProviderSettings {
  key: string;
  model: string;
  baseUrl: string;
}

/** What an SDK's error says, in terms that both have. */
export interface ProviderError {
  /** of an HTTP answer; undefined where the error came in the middle of a stream. */
  status: number | undefined;
  /** The provider's word for the sort of error. */
  type: string | null | undefined;
}

export const refused = (message: string, next: string) => new CapwrightError('MODEL_REFUSED', message, next);
export const unavailable = (message: string, next: string) =>
  new CapwrightError('MODEL_UNAVAILABLE', message, next);

/**
 * An error of a provider in our own words. It is never kept as the cause: the SDKs' errors quote the request's headers
 * and the provider's text.
 */
export function fromProvider({ status, type }: ProviderError, settings: ProviderSettings): CapwrightError {
  switch (sortOf(status, type)) {
    case 'key':
      return refused(
        'The model API refused the key (401).',
        `Set a valid ${settings.key} and restart the server.`,
      );
    case 'access':
      return refused(
        'The model API denied the key access (403).',
        `Give the key access to this model, or choose another with ${settings.model}.`,
      );
    case 'payment':
      return refused(
        'The model API asks for payment (402).',
        'Check the billing of the account behind the key.',
      );
    case 'unknown':
      return refused(
        'The model API does not know this model or address (404).',
        `Correct ${settings.model} or ${settings.baseUrl}.`,
      );
    case 'too long':
      return refused(
        'The request is too long for this model.',
        `Choose a model with a larger context window with ${settings.model}.`,
      );
    case 'rate':
      return unavailable(
        'The model API limits the rate (429).',
        'Wait a minute, then run the analysis again.',
      );
    case 'overload':
      return unavailable('The model API is overloaded (529).', 'Run the analysis again later.');
    case 'rejected':
      return refused(
        `The model API rejected the request (${status}).`,
        `Check ${settings.model} and ${settings.baseUrl}.`,
      );
    case 'failed':
      return unavailable('The model API failed.', 'Run the analysis again later.');
  }
}

type Sort =
  | 'key'
  | 'access'
  | 'payment'
  | 'unknown'
  | 'too long'
  | 'rate'
  | 'overload'
  | 'rejected'
  | 'failed';

const BY_TYPE: Readonly<Record<string, Sort>> = {
  authentication_error: 'key',
  permission_error: 'access',
  billing_error: 'payment',
  insufficient_quota: 'payment',
  not_found_error: 'unknown',
  model_not_found: 'unknown',
  request_too_large: 'too long',
  context_length_exceeded: 'too long',
  rate_limit_error: 'rate',
  rate_limit_exceeded: 'rate',
  overloaded_error: 'overload',
};

const BY_STATUS: Readonly<Record<number, Sort>> = {
  401: 'key',
  402: 'payment',
  403: 'access',
  404: 'unknown',
  413: 'too long',
  429: 'rate',
  529: 'overload',
};

function sortOf(status: number | undefined, type: string | null | undefined): Sort {
  const known = (type && BY_TYPE[type]) || (status !== undefined && BY_STATUS[status]);
  if (known) return known;
  return status !== undefined && status >= 400 && status < 500 ? 'rejected' : 'failed';
}

export const cancelled = () =>
  new CapwrightError('CANCELLED', 'The analysis was cancelled.', 'Call it again to start anew.');

export const tooSlow = () =>
  unavailable('The model did not answer in time.', 'Run the analysis again later.');

export const fellSilent = () =>
  unavailable('The model stopped in the middle of its reply.', 'Run the analysis again later.');

export const notReached = ({ baseUrl }: ProviderSettings) =>
  unavailable(
    "The model's API could not be reached.",
    `Check the network, the proxy and ${baseUrl}, then run the analysis again.`,
  );

export const unreadable = ({ baseUrl }: ProviderSettings) =>
  unavailable("The model's reply could not be read.", `Check ${baseUrl}, then run the analysis again.`);

export const brokenOff = () =>
  unavailable("The model's reply broke off before its end.", 'Run the analysis again.');

export const declined = ({ model }: ProviderSettings) =>
  refused(
    'The model declined to answer this request.',
    `Nothing is lost: the built-in parts stood in. Another model (${model}) may answer.`,
  );

export const cutOff = (maxTokens: number, { model }: ProviderSettings) =>
  unavailable(
    `The model's reply was cut off at ${maxTokens} tokens.`,
    `Run the analysis again, or choose another model with ${model}.`,
  );
