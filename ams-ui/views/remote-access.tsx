/** The one big switch (G2, G3, G4): switching on asks for how long, switching off is one press. */
import type { Overview, SwitchRequest, SwitchState } from '@edgegateway/appliance/contract';
import { Button } from '@patternfly/react-core';
import PowerIcon from '@patternfly/react-icons/dist/esm/icons/power-off-icon';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { switchRemoteAccess } from '../ams/ams.ts';
import { useAction } from '../ams/use-action.ts';
import { useFormat } from '../language/use-format.ts';
import { Problem } from '../parts/problem.tsx';
import { DurationChoice } from './duration-choice.tsx';
import { switchWords } from './switch-words.ts';

interface RemoteAccessProps {
  readonly state: SwitchState;
  readonly onOverview: (overview: Overview) => void;
}

export function RemoteAccess({ state: told, onOverview }: RemoteAccessProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const action = useAction();
  const [choosing, setChoosing] = useState(false);
  const [asked, setAsked] = useState<'on' | 'off' | null>(null);
  const state: SwitchState =
    action.running && asked !== null ? { state: asked === 'on' ? 'switching-on' : 'switching-off' } : told;
  const words = switchWords(state, t, format);

  async function put(request: SwitchRequest): Promise<void> {
    setChoosing(false);
    setAsked(request.on ? 'on' : 'off');
    await action.run(async () => onOverview(await switchRemoteAccess(request)));
  }

  const result = action.running || action.failure !== null || state.state !== asked ? null : asked;
  return (
    <section className="switch-card" data-state={state.state} aria-labelledby="switch-title">
      <h1 id="switch-title">{t('switch.title')}</h1>
      <output aria-label={t('switch.state')}>
        <span className="switch-state">
          <span className="lamp" aria-hidden="true" />
          {words.state}
        </span>
        <span className="switch-result">
          {result === null ? words.explanation : t(result === 'off' ? 'switch.resultOff' : 'switch.resultOn')}
        </span>
      </output>
      {action.failure !== null && <Problem failure={action.failure} />}
      <div className="switch-buttons">
        {words.canSwitchOn && (
          <Button
            className="big"
            variant="primary"
            icon={<PowerIcon />}
            isDisabled={action.running}
            onClick={() => setChoosing(true)}
          >
            {t(state.state === 'failed' ? 'switch.again' : 'switch.on')}
          </Button>
        )}
        {words.canSwitchOff && (
          <Button
            className="big"
            variant="danger"
            icon={<PowerIcon />}
            isDisabled={action.running && asked === 'off'}
            onClick={() => void put({ on: false })}
          >
            {t('switch.turnOff')}
          </Button>
        )}
      </div>
      {choosing && (
        <DurationChoice choose={(forMinutes) => void put({ on: true, forMinutes })} close={() => setChoosing(false)} />
      )}
    </section>
  );
}
