/** Links to the same list as files; the cloud makes them, so that they hold everything and verify. */
import { DownloadIcon } from '@patternfly/react-icons/dist/esm/icons/download-icon';
import { useTranslation } from 'react-i18next';

export function ExportLink({
  path,
  query,
  format,
}: {
  readonly path: string;
  readonly query: string;
  readonly format: 'csv' | 'jsonl';
}) {
  const { t } = useTranslation();
  const parameters = new URLSearchParams(query);
  parameters.set('format', format);
  return (
    <a className="pf-v6-c-button pf-m-secondary" href={`${path}?${parameters.toString()}`} download>
      <span className="pf-v6-c-button__icon pf-m-start">
        <DownloadIcon />
      </span>
      <span className="pf-v6-c-button__text">{t(format === 'csv' ? 'audit.csv' : 'audit.json')}</span>
    </a>
  );
}
