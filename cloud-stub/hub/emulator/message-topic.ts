/** `devices/{id}/messages/events/{property bag}`: what the topic of a device-to-cloud message says. */
import type { MessageProperties } from '../hub.ts';

/** @returns null when the topic is not that of this gateway's messages, or its properties are not URL-encoded */
export function parseMessageTopic(registrationId: string, topic: string, retain: boolean): MessageProperties | null {
  const events = `devices/${registrationId}/messages/events`;
  if (topic !== events && !topic.startsWith(`${events}/`)) return null;
  const bag = topic.slice(events.length + 1).replace(/\/$/, '');
  const system: Record<string, string> = {};
  const application: Record<string, string> = retain ? { 'mqtt-retain': 'true' } : {};
  for (const pair of bag.split('&').filter((part) => part !== '')) {
    const [name, value] = pair.split(/=(.*)/s).map(decoded);
    if (name === undefined || name === null || value === null) return null;
    if (name.startsWith('$.')) system[name.slice('$.'.length)] = value ?? '';
    else application[name] = value ?? '';
  }
  return { system, application };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
