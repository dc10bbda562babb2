/** Topics of Azure's request and response scheme: a path, then `?` and parameters. */
export interface RequestTopic {
  readonly path: string;
  readonly parameters: URLSearchParams;
}

/** `$iothub/twin/GET/?$rid=1` is the path `$iothub/twin/GET/` with the parameter `$rid`. */
export function parseRequestTopic(topic: string): RequestTopic {
  const at = topic.indexOf('?');
  if (at === -1) return { path: topic, parameters: new URLSearchParams() };
  return { path: topic.slice(0, at), parameters: new URLSearchParams(topic.slice(at + 1)) };
}

/** The `$rid` that the answer repeats; null when there is none that can be. */
export function requestId({ parameters }: RequestTopic): string | null {
  const rid = parameters.get('$rid');
  return rid !== null && /^[\w.-]{1,128}$/.test(rid) ? rid : null;
}

export function parseJson(payload: string | Buffer): unknown {
  try {
    return JSON.parse(payload.toString('utf8'));
  } catch {
    return null;
  }
}
