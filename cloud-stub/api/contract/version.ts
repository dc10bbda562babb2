/** Where the interface stands: the pages and whoever automates name the version; without it the newest one answers. */
export const API_BASE = '/api/v1';

const ANY_BASE = /^\/api\/v1(?=[/?]|$)/;

/** The address as the routes are registered: `/api/v1/sessions` is `/api/sessions`. */
export function withoutVersion(url: string): string {
  return url.replace(ANY_BASE, '/api');
}

/** `/api/sessions` as `/api/v1/sessions`; everything else as it is. */
export function withVersion(path: string): string {
  return path.startsWith('/api/') && !ANY_BASE.test(path) ? `${API_BASE}${path.slice('/api'.length)}` : path;
}
