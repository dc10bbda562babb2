/** A hub whose gateways the test plays. */
import type { GatewayConfiguration } from '@edgegateway/protocol/gateway-configuration';
import type { Hub, HubListener, MethodAnswer, MethodCall } from '../../hub/hub.ts';
import { HubError } from '../../hub/hub-error.ts';

export class FakeHub implements Hub {
  readonly desired = new Map<string, GatewayConfiguration>();
  readonly enrolled = new Map<string, string>();
  readonly connected = new Set<string>();
  /** Direct methods that gateways were asked for, and what each of them answers. */
  readonly asked: string[] = [];
  answer: MethodAnswer = { status: 404, payload: null };
  /** They answer no sooner. */
  waiting: Promise<void> = Promise.resolve();
  readonly disabled = new Set<string>();
  readonly groups = new Map<string, string>();
  listener: HubListener | null = null;

  async start(listener: HubListener): Promise<void> {
    this.listener = listener;
  }

  async stop(): Promise<void> {
    this.listener = null;
  }

  async enroll(registrationId: string, certificatePem: string): Promise<void> {
    this.enrolled.set(registrationId, certificatePem);
  }

  async remove(registrationId: string): Promise<void> {
    this.enrolled.delete(registrationId);
    this.desired.delete(registrationId);
    this.connected.delete(registrationId);
  }

  async disable(registrationId: string): Promise<void> {
    this.disabled.add(registrationId);
    this.connected.delete(registrationId);
  }

  async enable(registrationId: string): Promise<void> {
    this.disabled.delete(registrationId);
  }

  async enrollGroup(groupId: string, caPem: string): Promise<void> {
    this.groups.set(groupId, caPem);
  }

  async removeGroup(groupId: string): Promise<void> {
    this.groups.delete(groupId);
  }

  async ask(registrationId: string, { name }: MethodCall): Promise<MethodAnswer> {
    if (!this.connected.has(registrationId)) throw new HubError('gateway-offline', 'Not online.');
    this.asked.push(`${registrationId} ${name}`);
    await this.waiting;
    return this.answer;
  }

  isConnected(registrationId: string): boolean {
    return this.connected.has(registrationId);
  }

  async setDesired(registrationId: string, configuration: GatewayConfiguration): Promise<void> {
    this.desired.set(registrationId, configuration);
  }
}
