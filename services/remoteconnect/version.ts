/** The version of the service, as the cloud and the AMS show it; the same as in package.json. */
export const VERSION = '0.1.0';
