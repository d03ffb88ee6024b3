import type { Route } from './exchange.ts';

/** A route that fits a path, with the segments it names. */
export interface Match {
  readonly route: Route;
  readonly params: ReadonlyMap<string, string>;
}

/** Finds the route for a method and path; fixed segments match in any case, as in ARM. */
export function createRouter(routes: readonly Route[]): (method: string, path: string) => Match | undefined {
  const compiled = routes.map((route) => ({ route, pattern: route.path.split('/') }));
  return (method, path) => {
    const segments = path.split('/');
    for (const { route, pattern } of compiled) {
      const params = route.method === method ? match(pattern, segments) : undefined;
      if (params !== undefined) {
        return { route, params };
      }
    }
    return undefined;
  };
}

function match(pattern: readonly string[], segments: readonly string[]): Map<string, string> | undefined {
  if (pattern.length !== segments.length) {
    return undefined;
  }
  const params = new Map<string, string>();
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index] ?? '';
    if (expected.startsWith(':') && segment !== '') {
      params.set(expected.slice(1), decoded(segment));
    } else if (expected.toLowerCase() !== segment.toLowerCase()) {
      return undefined;
    }
  }
  return params;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
