/** How the emulator refuses. */

/** The device broke the protocol, or asked for what it may not: its connection is closed. */
export class ConnectionRefusal extends Error {
  override readonly name = 'ConnectionRefusal';
}

/** What IoT Hub's service side answers to the one who calls a method or sends a message. */
export class ServiceRefusal extends Error {
  override readonly name = 'ServiceRefusal';
  readonly status: number;
  readonly errorCode: number;

  constructor(status: number, errorCode: number, message: string) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
  }
}
