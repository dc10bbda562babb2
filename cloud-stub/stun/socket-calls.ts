/**
 * The system calls of a UDP server that takes and sends many datagrams at once (recvmmsg(2), sendmmsg(2)), which
 * node:dgram does not have: by koffi, a foreign function interface. Numbers are Linux's on x86-64 and ARM64
 * (asm-generic/socket.h).
 */
import { isIPv6 } from 'node:net';
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { portOf, SOCKET_ADDRESS, socketAddressOf } from './socket-address.ts';

/** The kernel grants at most net.core.rmem_max and wmem_max. */
const SOCKET_BUFFER_BYTES = 4 * 1024 * 1024;

/** A thread inside a system call cannot be ended from outside: it comes back that often by itself. */
const RECEIVE_PATIENCE_SECONDS = 1n;

const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOL_SOCKET = 1;
const SO_SNDBUF = 7;
const SO_RCVBUF = 8;
const SO_RCVTIMEO = 20;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const MSG_DONTWAIT = 0x40;
const MSG_WAITFORONE = 0x10000;
const SHUT_RDWR = 2;

const NO_NEWS: ReadonlySet<string> = new Set(['EAGAIN', 'EINTR']);

/** Of errno(3), in the form of Node's own errors. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly syscall: string;
  readonly code: string;

  constructor(syscall: string, code: string) {
    super(`${syscall} failed (${code})`);
    this.syscall = syscall;
    this.code = code;
  }
}

export interface SocketCalls {
  /**
   * A UDP socket of the address's own family alone; port 0: any free one.
   * @returns file descriptor, the caller's from now on, and port
   * @throws SystemCallError
   */
  open(address: string, port: number): { readonly descriptor: number; readonly port: number };
  /**
   * Waits for one datagram and takes what else has come.
   * @param messages where an array of `count` struct mmsghdr starts
   * @returns how many have come; 0 when a second has passed without any, or a signal came
   * @throws SystemCallError
   */
  receive(descriptor: number, messages: bigint, count: number): number;
  /**
   * Never waits: what the kernel does not take, or cannot deliver, is lost.
   * @param messages where an array of `count` struct mmsghdr starts
   * @returns how many from the first on have been sent; 0 when the first is lost
   */
  send(descriptor: number, messages: bigint, count: number): number;
  /** Ends a `receive` that waits, and each one after it. */
  wake(descriptor: number): void;
}

/**
 * @throws Error where there are no such calls
 */
export function loadSocketCalls(platform: string = process.platform, architecture: string = process.arch): SocketCalls {
  // Structures and numbers are laid out here as these have them.
  if (platform !== 'linux' || !['x64', 'arm64'].includes(architecture))
    throw new Error(`The STUN server runs on Linux on x86-64 and ARM64, not on ${platform} on ${architecture}.`);
  const libc = koffi.load(null);
  const socket: (family: number, type: number, protocol: number) => number = libc.func('int socket(int, int, int)');
  const bind: (descriptor: number, address: Uint8Array, bytes: number) => number = libc.func(
    'int bind(int, const void *, unsigned int)',
  );
  const getsockname: (descriptor: number, address: Uint8Array, bytes: Uint32Array) => number = libc.func(
    'int getsockname(int, void *, void *)',
  );
  const setsockopt: (d: number, level: number, name: number, value: Uint8Array, bytes: number) => number = libc.func(
    'int setsockopt(int, int, int, const void *, unsigned int)',
  );
  const shutdown: (descriptor: number, how: number) => number = libc.func('int shutdown(int, int)');
  const close: (descriptor: number) => number = libc.func('int close(int)');
  const recvmmsg: (d: number, messages: bigint, count: number, flags: number, timeout: null) => number = libc.func(
    'int recvmmsg(int, void *, unsigned int, int, void *)',
  );
  const sendmmsg: (d: number, messages: bigint, count: number, flags: number) => number = libc.func(
    'int sendmmsg(int, void *, unsigned int, int)',
  );

  const set = (descriptor: number, level: number, name: number, value: Uint8Array) =>
    checked('setsockopt', setsockopt(descriptor, level, name, value, value.length));

  return {
    open(address, port) {
      const family = isIPv6(address) ? 'IPv6' : 'IPv4';
      const descriptor = checked('socket', socket(SOCKET_ADDRESS[family].family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      try {
        // An IPv6 socket that took IPv4 too would tell its askers mapped addresses.
        if (family === 'IPv6') set(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, int(1));
        for (const name of [SO_RCVBUF, SO_SNDBUF]) set(descriptor, SOL_SOCKET, name, int(SOCKET_BUFFER_BYTES));
        set(descriptor, SOL_SOCKET, SO_RCVTIMEO, timeval(RECEIVE_PATIENCE_SECONDS));
        const name = socketAddressOf({ family, address, port });
        checked('bind', bind(descriptor, name, name.length));
        checked('getsockname', getsockname(descriptor, name, Uint32Array.of(name.length)));
        return { descriptor, port: portOf(name) };
      } catch (error) {
        close(descriptor);
        throw error;
      }
    },
    receive(descriptor, messages, count) {
      const received = recvmmsg(descriptor, messages, count, MSG_WAITFORONE, null);
      if (received !== -1) return received;
      const code = getSystemErrorName(-koffi.errno());
      if (NO_NEWS.has(code)) return 0;
      throw new SystemCallError('recvmmsg', code);
    },
    send: (descriptor, messages, count) => Math.max(0, sendmmsg(descriptor, messages, count, MSG_DONTWAIT)),
    wake(descriptor) {
      // Linux answers ENOTCONN for a socket without a peer, and wakes whoever waits at it all the same.
      shutdown(descriptor, SHUT_RDWR);
    },
  };
}

/** -1 is how each of them fails; errno(3) is the thread's own. */
function checked(syscall: string, result: number): number {
  if (result === -1) throw new SystemCallError(syscall, getSystemErrorName(-koffi.errno()));
  return result;
}

function int(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

/** struct timeval of 64-bit machines. */
function timeval(seconds: bigint): Uint8Array {
  return new Uint8Array(BigInt64Array.of(seconds, 0n).buffer);
}
