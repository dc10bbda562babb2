/** What went wrong, as a sentence: the cloud's own where it gave one. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { CloudError } from '../cloud/request.ts';
import { refusalText } from '../language/refusals.ts';
import { Notice } from './notice.tsx';

export function problemSentence(error: unknown, t: TFunction, language: string): string {
  if (!(error instanceof CloudError)) return t('problem.unexpected');
  if (error.sentence !== null) return refusalText(error.code, error.sentence, language);
  if (error.code === 'unreachable') return t('problem.unreachable');
  if (error.code === 'login-lost') return t('problem.login-lost');
  if (error.code === 'cookies-blocked') return t('problem.cookies-blocked');
  if (error.code === 'first-step-lost') return t('problem.first-step-lost');
  return t('problem.unexpected');
}

export function Problem({ error }: { readonly error: unknown }) {
  const { t, i18n } = useTranslation();
  if (error === null) return null;
  return (
    <div role="alert">
      <Notice variant="danger" title={t('problem.title')} component="p">
        {problemSentence(error, t, i18n.language)}
      </Notice>
    </div>
  );
}
