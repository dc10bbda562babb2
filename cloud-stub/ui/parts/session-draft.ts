/** What a session is for and who may start it, while it is typed. Pure. */
import { newSession, type Session, type SessionEdit } from '../../api/contract.ts';
import { noRules, type RulesDraft, rulesOf, validityOf } from './rules-draft.ts';

export interface SessionDraft {
  readonly name: string;
  readonly reason: string;
  readonly description: string;
  readonly maximumMinutes: number;
  readonly users: readonly string[];
  readonly rules: RulesDraft;
}

export function newDraft(ownZone: string): SessionDraft {
  return { name: '', reason: '', description: '', maximumMinutes: 60, users: [], rules: noRules(ownZone) };
}

export function draftOf(session: Session, ownZone: string): SessionDraft {
  const { name, reason, description, maximumMinutes } = session;
  const users = session.users.map(({ id }) => id);
  return { name, reason, description, maximumMinutes, users, rules: rulesOf(session, ownZone) };
}

export function isName(name: string): boolean {
  return newSession.shape.name.safeParse(name).success;
}

/** @returns null while something of it is not right */
export function editOf(draft: SessionDraft): SessionEdit | null {
  const validity = validityOf(draft.rules);
  if (validity === null || !isName(draft.name)) return null;
  return {
    name: draft.name.trim(),
    reason: draft.reason.trim(),
    description: draft.description.trim(),
    maximumMinutes: draft.maximumMinutes,
    users: [...draft.users],
    validity,
    plantApproval: draft.rules.plantApproval,
  };
}
