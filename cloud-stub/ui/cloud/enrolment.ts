/** Requests of api/contract/enrolment.ts. */
import { z } from 'zod';
import { enrolmentGroup, type NewEnrolmentGroup } from '../../api/contract/enrolment.ts';
import { request } from './request.ts';

const nothing = z.unknown().transform((): void => undefined);
const id = encodeURIComponent;

export const enrolment = {
  disable: (registrationId: string) =>
    request({ method: 'POST', path: `/api/gateways/${id(registrationId)}/disable`, answer: nothing }),
  enable: (registrationId: string) =>
    request({ method: 'POST', path: `/api/gateways/${id(registrationId)}/enable`, answer: nothing }),
  groups: (signal: AbortSignal) => request({ path: '/api/enrolment-groups', answer: z.array(enrolmentGroup), signal }),
  addGroup: (body: NewEnrolmentGroup) =>
    request({ method: 'POST', path: '/api/enrolment-groups', body, answer: enrolmentGroup }),
  removeGroup: (groupId: string) =>
    request({ method: 'DELETE', path: `/api/enrolment-groups/${id(groupId)}`, answer: nothing }),
};
