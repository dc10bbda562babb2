import type { ServiceLog } from '../log.ts';

export const quietLog: ServiceLog = { info: () => undefined, warn: () => undefined, error: () => undefined };
