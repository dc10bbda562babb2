import { Card, CardBody, CardTitle } from '@patternfly/react-core';
import { useTranslation } from 'react-i18next';
import type { SessionRelease } from '../../api/contract.ts';
import { reachLinks } from './reach-links.ts';
import { accessText } from './released-table.tsx';

/** What answers on this computer while the session is active, with links that open it. */
export function ReachableDevices({ released }: { readonly released: readonly SessionRelease[] }) {
  const { t } = useTranslation();
  return (
    <Card>
      <CardTitle component="h2">{t('reach.title')}</CardTitle>
      <CardBody>
        <p className="hint">{t('reach.intro')}</p>
        <ul className="reachable">
          {released.map((release) => {
            const { device, gateway, target, reachedAs } = release;
            const links = reachLinks({ ...target, address: reachedAs });
            return (
              <li key={JSON.stringify([gateway, target])}>
                <strong>{device ?? target.address}</strong>{' '}
                <span className="hint">
                  {reachedAs}, {accessText(target, t)}
                </span>
                <div className="reach-links">
                  {links.length === 0 && <span className="hint">{t('reach.none')}</span>}
                  {links.map((link) => (
                    <a
                      key={link}
                      href={link}
                      target="_blank"
                      rel="noreferrer"
                      className="mono"
                      aria-label={t('reach.openWith', { link, device: device ?? target.address })}
                    >
                      {link}
                    </a>
                  ))}
                </div>
              </li>
            );
          })}
        </ul>
      </CardBody>
    </Card>
  );
}
