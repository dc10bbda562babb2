/** What a gateway shows to whoever stands in front of it (appliance/console/page.ts). */
export interface ShownOnConsole {
  readonly oneTimeCode: string;
  /** SHA-256, as 32 pairs of hexadecimal digits with colons. */
  readonly fingerprint: string;
}

const ONE_TIME_CODE = /One-time code: *([0-9A-Z]{4}(?:-[0-9A-Z]{4}){2})/g;
/** It takes two lines of a screen. */
const FINGERPRINT = /SHA-256 fingerprint: *((?:[0-9A-F]{2}:\s*){31}[0-9A-F]{2})/g;

/** Takes what the first serial port has said; the last page counts. */
export function shownOnConsole(text: string): ShownOnConsole | undefined {
  const oneTimeCode = [...text.matchAll(ONE_TIME_CODE)].at(-1)?.[1];
  const fingerprint = [...text.matchAll(FINGERPRINT)].at(-1)?.[1]?.replaceAll(/\s/g, '');
  return oneTimeCode === undefined || fingerprint === undefined ? undefined : { oneTimeCode, fingerprint };
}
