import { proxyProblem } from '@edgegateway/tunnel/io/proxy-agent';
import type { CloudAddress } from './cloud-address.ts';
import { ClientError } from './errors.ts';

/** OpenSSL's and Node's codes for a certificate that does not lead to a trusted authority or names another host. */
const TLS_TRUST = /CERT|ISSUER|SIGNATURE|SELF_SIGNED|ALTNAME/;

/** Why no connection to the cloud came about: because of the proxy, of trust, or of the way there. */
export function connectionProblem({ authority, proxy }: CloudAddress, error: Error): ClientError {
  const cause = { cause: error };
  const refusal = proxy === null ? null : proxyProblem(proxy, error);
  if (refusal !== null) return new ClientError(refusal.code, refusal.sentence, cause);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (TLS_TRUST.test(code)) {
    const problem = `${authority} showed a certificate that is not trusted (${code}).`;
    return new ClientError('cloud-not-trusted', problem, cause);
  }
  const detail = error.name === 'TimeoutError' || error.name === 'AbortError' ? 'no answer in time' : error.message;
  return new ClientError('cloud-unreachable', `${authority} cannot be reached (${detail}).`, cause);
}
