/** Why a session stands where it stands, as an English sentence of at most 200 characters. Pure. */
import type { StateWhy } from '../contract/session-rules.ts';

export function sentenceOfWhy(why: StateWhy): string {
  switch (why.code) {
    case 'client-not-opened':
      return 'The client was not opened within 60 seconds.';
    case 'waiting-for-approval':
      return 'The plant has been asked to approve it.';
    case 'approval-refused':
      return clipped(`Refused by the plant (${why.by})${why.words === '' ? '.' : `: ${why.words}`}`);
    case 'approval-lapsed':
      return 'The plant did not answer within 10 minutes.';
    case 'ended-by-user':
      return clipped(`Ended by ${why.name}.`);
    case 'left-at-client':
      return 'The user left at the client.';
    case 'ended-by-plant':
      return clipped(`Ended by the plant (${why.by}).`);
    case 'remoteconnect-off':
      return 'Ended by the plant: remoteConnect was switched off.';
    case 'maximum-over':
      return 'The time of the session is over.';
    case 'window-over':
      return `The time window of the session ended at ${why.at}.`;
    case 'validity-over':
      return `The session was valid until ${why.at}.`;
  }
}

function clipped(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 197)}...`;
}
