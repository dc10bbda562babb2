import { join } from 'node:path';
import { execPath } from 'node:process';
import { runCommand } from '@edgegateway/tunnel/linux/run-command';
import { z } from 'zod';

const answer = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), body: z.string().optional(), registers: z.array(z.int()).optional() }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type ReachAnswer = z.infer<typeof answer>;

const program = join(import.meta.dirname, 'reach-program.ts');

async function reach(namespace: string, kind: 'http' | 'modbus' | 'tcp', target: string): Promise<ReachAnswer> {
  const output = await runCommand('ip', ['netns', 'exec', namespace, execPath, program, kind, target]);
  return answer.parse(JSON.parse(output));
}

/** Loads a page from inside a namespace; a refusal or four seconds of silence is an answer, not an error. */
export async function loadPage(namespace: string, url: string): Promise<ReachAnswer> {
  return reach(namespace, 'http', url);
}

/** Reads the machine's two holding registers over Modbus/TCP from inside a namespace. */
export async function readRegisters(namespace: string, address: string): Promise<ReachAnswer> {
  return reach(namespace, 'modbus', address);
}

/** Opens a TCP connection from inside a namespace. */
export async function connects(namespace: string, address: string, port: number): Promise<ReachAnswer> {
  return reach(namespace, 'tcp', `${address}:${port}`);
}
