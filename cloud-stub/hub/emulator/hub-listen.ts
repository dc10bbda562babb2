import type { HostCertificate } from '../../pki/pki.ts';

/** `host` is what devices are told, `address` what is bound to. */
export interface HubListen {
  readonly host: string;
  readonly port: number;
  readonly address: string;
  readonly certificate: HostCertificate;
}
