import { ROUTES, type Route } from '@countersign/api';

/** A route and what its path parameter was. */
export type Found =
  | { readonly route: Route; readonly param: string }
  | { readonly allow: readonly string[] }
  | undefined;

type Pattern = { readonly before: string; readonly after: string; readonly isRest: boolean };
type Place = { readonly pattern?: Pattern; readonly byMethod: Map<string, Route> };

const PARAM = /\{\w+(\*?)\}/;

/** Finds the route of a method and path: exact paths by one look-up, the others in order. Paths are never decoded. */
export function createRouter(
  routes: readonly Route[] = ROUTES,
): (method: string, path: string) => Found {
  const exact = new Map<string, Place>();
  const patterns = new Map<string, Place>();
  for (const route of routes) {
    const param = PARAM.exec(route.path);
    const places = param ? patterns : exact;
    const place = places.get(route.path) ?? {
      ...patternOf(route.path, param),
      byMethod: new Map(),
    };
    places.set(route.path, place);
    place.byMethod.set(route.method, route);
    // whoever may read without a credential may also ask for the head alone
    if (route.method === 'GET' && route.callers.length === 0) place.byMethod.set('HEAD', route);
  }
  return (method, path) => {
    const place = exact.get(path);
    if (place) return found(place, method, '');
    for (const one of patterns.values()) {
      const param = one.pattern && matched(one.pattern, path);
      if (param !== undefined) return found(one, method, param);
    }
    return undefined;
  };
}

const patternOf = (path: string, param: RegExpExecArray | null): { pattern?: Pattern } =>
  param
    ? {
        pattern: {
          before: path.slice(0, param.index),
          after: path.slice(param.index + param[0].length),
          isRest: param[1] === '*',
        },
      }
    : {};

function matched({ before, after, isRest }: Pattern, path: string): string | undefined {
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const param = path.slice(before.length, path.length - after.length);
  return param === '' || (!isRest && param.includes('/')) ? undefined : param;
}

function found({ byMethod }: Place, method: string, param: string): Found {
  const route = byMethod.get(method);
  return route ? { route, param } : { allow: [...byMethod.keys()] };
}
