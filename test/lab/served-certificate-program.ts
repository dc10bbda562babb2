/**
 * Prints, as PEM, the certificate that a TLS server shows, trusted or not.
 *
 *     node served-certificate-program.ts ADDRESS PORT
 */
import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';

const [host, port] = process.argv.slice(2);
if (host === undefined || port === undefined) throw new Error('usage: served-certificate-program.ts ADDRESS PORT');

const socket = connect({ host, port: Number(port), rejectUnauthorized: false, timeout: 5000 }, () => {
  console.log(new X509Certificate(socket.getPeerCertificate().raw).toString());
  socket.destroy();
});
socket.on('timeout', () => socket.destroy(new Error('the server does not answer')));
