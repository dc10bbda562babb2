/** The version of the client, as the cloud shows it; the same as in package.json. */
export const VERSION = '0.1.0';
