/** IoT Hub's limits of device twins ("Understand and use device twins in IoT Hub"). */
import { isJsonObject, type JsonObject } from './merge-patch.ts';

const PROPERTIES_BYTES = 32 * 1024;
const DEPTH = 10;
const KEY_BYTES = 1024;
const STRING_BYTES = 4096;
const SMALLEST_INTEGER = -(2 ** 52);
const LARGEST_INTEGER = 2 ** 52 - 1;

/** Control characters (C0 and C1), `.`, `$` and space. */
const FORBIDDEN_IN_KEYS = /[\p{Cc}.$ ]/u;

/** What of a patch or of properties a hub would refuse, as a sentence; null: nothing. */
export function twinProblem(properties: JsonObject): string | null {
  return problemOf(properties, 1);
}

/** True when the properties, merged, fit a twin's half. Counted as JSON, which is no less than the hub counts. */
export function fitsTwin(properties: JsonObject): boolean {
  return bytesOf(JSON.stringify(properties)) <= PROPERTIES_BYTES;
}

function problemOf(value: unknown, depth: number): string | null {
  if (Array.isArray(value)) return depth > DEPTH ? tooDeep() : firstProblem(value, depth);
  if (isJsonObject(value)) {
    if (depth > DEPTH) return tooDeep();
    for (const name of Object.keys(value)) {
      if (name === '' || bytesOf(name) > KEY_BYTES) return `A key has between 1 and ${KEY_BYTES} bytes.`;
      if (FORBIDDEN_IN_KEYS.test(name)) return 'A key contains no control characters, ".", "$" or space.';
    }
    return firstProblem(Object.values(value), depth);
  }
  if (typeof value === 'string' && bytesOf(value) > STRING_BYTES) return `A string has at most ${STRING_BYTES} bytes.`;
  if (Number.isInteger(value) && (Number(value) < SMALLEST_INTEGER || Number(value) > LARGEST_INTEGER))
    return 'An integer lies between -2^52 and 2^52 - 1.';
  return null;
}

function firstProblem(values: readonly unknown[], depth: number): string | null {
  for (const value of values) {
    const problem = problemOf(value, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function tooDeep(): string {
  return `Properties are at most ${DEPTH} levels deep.`;
}

function bytesOf(text: string): number {
  return Buffer.byteLength(text);
}
