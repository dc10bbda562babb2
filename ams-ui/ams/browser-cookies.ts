/**
 * Whether a page has to say that its browser keeps no cookies. Without them a login succeeds and is forgotten at once: to
 * whoever tries, the password seems to be wrong.
 * @param isTaken what takesCookies() says
 * @param isKept whether the request that followed a login knew of it; null: there was none yet
 */
export function areCookiesBlocked(isTaken: boolean, isKept: boolean | null): boolean {
  // What was seen counts: a browser may also take a cookie and throw it away.
  return isKept === null ? !isTaken : !isKept;
}

/** Asked by trying: Chromium's `navigator.cookieEnabled` is true also while its settings block all cookies. */
export function takesCookies(): boolean {
  // oxlint-disable unicorn/no-document-cookie -- the Cookie Store API is not there in every browser, nor over HTTP
  document.cookie = 'probe=1; SameSite=Strict';
  const isTaken = /(?:^|; )probe=1/.test(document.cookie);
  document.cookie = 'probe=; Max-Age=0; SameSite=Strict';
  // oxlint-enable unicorn/no-document-cookie
  return isTaken;
}
