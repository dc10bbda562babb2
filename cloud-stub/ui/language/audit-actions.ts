/** What the stable words of the audit log mean; a word that is not here is shown as it is. */
type Words = Readonly<Record<string, { readonly en: string; readonly de: string }>>;

const ACTIONS: Words = {
  'logged-in': { en: 'Logged in', de: 'Angemeldet' },
  'logged-out': { en: 'Logged out', de: 'Abgemeldet' },
  'login-refused': { en: 'Login refused', de: 'Anmeldung abgelehnt' },
  'invitation-accepted': { en: 'First password set', de: 'Erstes Passwort festgelegt' },
  'user-added': { en: 'User added', de: 'Benutzer hinzugefügt' },
  'password-changed': { en: 'Own password changed', de: 'Eigenes Passwort geändert' },
  'password-reset': { en: 'New password set after a reset', de: 'Nach dem Zurücksetzen neues Passwort festgelegt' },
  'password-reset-issued': { en: 'Password reset handed out', de: 'Code zum Zurücksetzen des Passworts ausgegeben' },
  'second-factor-set-up': { en: 'Second factor set up', de: 'Zweiter Faktor eingerichtet' },
  'second-factor-replaced': { en: 'Second factor replaced', de: 'Zweiter Faktor gewechselt' },
  'second-factor-removed': { en: 'Second factor removed', de: 'Zweiter Faktor entfernt' },
  'second-factor-reset': { en: "User's second factor reset", de: 'Zweiter Faktor des Benutzers zurückgesetzt' },
  'recovery-codes-renewed': { en: 'New recovery codes made', de: 'Neue Wiederherstellungscodes erzeugt' },
  'login-ended': { en: 'Own login ended', de: 'Eigene Anmeldung beendet' },
  'other-logins-ended': { en: 'Own other logins ended', de: 'Eigene andere Anmeldungen beendet' },
  'user-invited': { en: 'User invited again', de: 'Benutzer erneut eingeladen' },
  'user-role-changed': { en: 'Role of the user changed', de: 'Rolle des Benutzers geändert' },
  'user-disabled': { en: 'User disabled', de: 'Benutzer gesperrt' },
  'user-enabled': { en: 'User enabled', de: 'Benutzer entsperrt' },
  'single-sign-on-joined': { en: 'User joined to single sign-on', de: 'Benutzer mit Single Sign-on verbunden' },
  'user-removed': { en: 'User removed', de: 'Benutzer entfernt' },
  'access-token-issued': { en: 'Access token issued', de: 'Zugriffstoken ausgestellt' },
  'access-token-revoked': { en: 'Access token revoked', de: 'Zugriffstoken widerrufen' },
  'gateway-added': { en: 'Gateway added', de: 'Gateway hinzugefügt' },
  'gateway-removed': { en: 'Gateway removed', de: 'Gateway entfernt' },
  'gateway-connected': { en: 'Gateway connected to the cloud', de: 'Gateway mit der Cloud verbunden' },
  'gateway-disconnected': { en: 'Gateway lost the cloud', de: 'Gateway hat die Cloud verloren' },
  'gateway-appeared': { en: 'Gateway appeared by an enrolment group', de: 'Gateway über eine Gruppe erschienen' },
  'gateway-certificate-changed': { en: 'Gateway came with a new certificate', de: 'Gateway kam mit neuem Zertifikat' },
  'gateway-address-changed': { en: 'Gateway has another tunnel address', de: 'Gateway hat eine andere Tunneladresse' },
  'gateway-accepted': { en: 'Gateway accepted', de: 'Gateway angenommen' },
  'gateway-disabled': { en: 'Gateway disabled', de: 'Gateway gesperrt' },
  'gateway-enabled': { en: 'Gateway enabled', de: 'Gateway freigegeben' },
  'enrolment-group-added': { en: 'Enrolment group added', de: 'Registrierungsgruppe hinzugefügt' },
  'enrolment-group-removed': { en: 'Enrolment group removed', de: 'Registrierungsgruppe entfernt' },
  'device-added': { en: 'Device added', de: 'Gerät hinzugefügt' },
  'device-changed': { en: 'Device changed', de: 'Gerät geändert' },
  'plant-scan-asked': { en: 'Search for devices started', de: 'Gerätesuche gestartet' },
  'plant-scanned': { en: 'Plant side searched for devices', de: 'Anlagenseite nach Geräten durchsucht' },
  'device-removed': { en: 'Device removed', de: 'Gerät entfernt' },
  'session-created': { en: 'Session created', de: 'Sitzung erstellt' },
  'session-started': { en: 'Session started', de: 'Sitzung gestartet' },
  'session-start-refused': { en: 'Start of the session refused', de: 'Start der Sitzung abgelehnt' },
  'session-active': { en: 'Session carries data', de: 'Sitzung überträgt Daten' },
  'session-edited': { en: 'Session edited', de: 'Sitzung bearbeitet' },
  'session-expired': { en: 'Validity of the session over', de: 'Gültigkeit der Sitzung vorbei' },
  'session-approved': { en: 'Session approved by the plant', de: 'Sitzung vom Werk freigegeben' },
  'approval-requested': { en: 'Approval of the plant requested', de: 'Freigabe des Werks erbeten' },
  'approval-asked': { en: 'Plant asked at the gateway', de: 'Werk am Gateway gefragt' },
  'approval-given': { en: 'Approved at the gateway', de: 'Am Gateway freigegeben' },
  'approval-refused': { en: 'Refused at the gateway', de: 'Am Gateway abgelehnt' },
  'session-ended': { en: 'Session ended', de: 'Sitzung beendet' },
  'ticket-redeemed': { en: 'Client opened', de: 'Client geöffnet' },
  'ticket-refused': { en: 'Link to open the client refused', de: 'Link zum Öffnen des Clients abgelehnt' },
  'remoteconnect-on': { en: 'Gateway reports remoteConnect on', de: 'Gateway meldet remoteConnect ein' },
  'remoteconnect-off': { en: 'Gateway reports remoteConnect off', de: 'Gateway meldet remoteConnect aus' },
  'service-started': { en: 'remoteConnect switched on', de: 'remoteConnect eingeschaltet' },
  'service-stopped': { en: 'remoteConnect switched off', de: 'remoteConnect ausgeschaltet' },
  'session-configured': { en: 'Session prepared at the gateway', de: 'Sitzung am Gateway vorbereitet' },
  'session-changed': { en: 'Devices of the session changed', de: 'Geräte der Sitzung geändert' },
  'session-removed': { en: 'Session removed from the gateway', de: 'Sitzung vom Gateway entfernt' },
  'tunnel-connected': { en: 'Tunnel connected', de: 'Tunnel verbunden' },
  'tunnel-lost': { en: 'Tunnel lost', de: 'Tunnel verloren' },
  'path-changed': { en: 'Path changed', de: 'Weg gewechselt' },
  'flow-opened': { en: 'Device accessed', de: 'Zugriff auf Gerät' },
  'flow-closed': { en: 'Access to the device ended', de: 'Zugriff auf Gerät beendet' },
  'flow-refused': { en: 'Access refused', de: 'Zugriff verweigert' },
  'session-ended-locally': {
    en: 'Session ended in the plant or at the client',
    de: 'Sitzung im Werk oder am Client beendet',
  },
  'configuration-refused': { en: 'Configuration refused by the gateway', de: 'Konfiguration vom Gateway abgelehnt' },
  'events-missing': { en: 'Events are missing', de: 'Ereignisse fehlen' },
  'events-lost': { en: 'Events are lost', de: 'Ereignisse sind verloren' },
  'audit-exported': { en: 'Audit log exported', de: 'Protokoll exportiert' },
  'audit-retention': { en: 'Old entries of the audit log removed', de: 'Alte Einträge des Protokolls entfernt' },
  'events-discarded': { en: 'Events discarded, the queue was full', de: 'Ereignisse verworfen, der Puffer war voll' },
};

export function auditActionText(action: string, language: string): string {
  const words = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (words !== undefined) return language.startsWith('de') ? words.de : words.en;
  return action;
}

/** Every word that is known, by its text. */
export function auditActionOptions(language: string): { readonly value: string; readonly text: string }[] {
  return Object.keys(ACTIONS)
    .map((value) => ({ value, text: auditActionText(value, language) }))
    .toSorted((one, other) => one.text.localeCompare(other.text, language));
}
