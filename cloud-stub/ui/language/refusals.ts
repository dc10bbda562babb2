/**
 * The cloud's refusals in German, by their stable codes; the cloud itself writes them in English. A refusal that has no
 * German sentence here is told in the cloud's own words.
 */
import type { MissingPrecondition } from '../../api/contract/session-rules.ts';
import { unreachable } from '../unreachable.ts';

const GERMAN: Readonly<Record<string, string>> = {
  'not-understood': 'Die Anfrage ist nicht verständlich.',
  'not-logged-in': 'Melden Sie sich zuerst an.',
  'login-refused': 'Die E-Mail-Adresse oder das Passwort stimmt nicht.',
  'too-many-attempts': 'Zu viele Versuche. Warten Sie etwas und versuchen Sie es erneut.',
  'wrong-origin':
    'Die Anfrage kommt nicht von der Oberfläche dieser Cloud. Öffnen Sie deren Seite und versuchen Sie es erneut.',
  'not-allowed': 'Ihre Rolle erlaubt das nicht. Wenden Sie sich an einen Administrator.',
  'scope-missing': 'Dem Zugriffstoken fehlt die Berechtigung dafür.',
  'too-many-tokens': 'Sie haben zu viele Zugriffstoken. Widerrufen Sie die, die niemand benutzt.',
  'not-found': 'Das gibt es nicht, oder es ist nicht für Sie freigegeben.',
  'too-large': 'Die Anfrage ist zu groß.',
  'invitation-invalid':
    'Der Einladungscode gilt nicht oder ist abgelaufen. Bitten Sie einen Administrator um einen neuen.',
  'email-taken': 'Einen Benutzer mit dieser E-Mail-Adresse gibt es bereits.',
  'last-administrator': 'Der letzte aktive Administrator muss einer bleiben. Fügen Sie zuerst einen weiteren hinzu.',
  yourself: 'Das können Sie nicht mit sich selbst tun. Bitten Sie einen anderen Administrator.',
  'code-wrong': 'Dieser Code stimmt nicht, oder er wurde schon benutzt. Warten Sie auf den nächsten.',
  'password-wrong': 'Das Passwort stimmt nicht.',
  'second-factor-required': 'Ihr Konto braucht einen zweiten Faktor. Richten Sie ihn zuerst ein.',
  'second-factor-stays': 'Ihr Konto braucht einen zweiten Faktor. Er kann gewechselt, aber nicht entfernt werden.',
  'no-second-factor': 'Es gibt keinen zweiten Faktor.',
  'password-common': 'Dieses Passwort ist leicht zu erraten. Nehmen Sie ein anderes, zum Beispiel mehrere Wörter.',
  'password-personal': 'Das Passwort besteht aus dem Namen oder der E-Mail-Adresse. Nehmen Sie ein anderes.',
  'user-disabled': 'Dieser Benutzer ist gesperrt. Entsperren Sie ihn zuerst.',
  'single-sign-on-user': 'Dieser Benutzer meldet sich mit Single Sign-on an und hat hier kein Passwort.',
  'gateway-exists': 'Ein Gateway mit dieser Registrierungs-ID gibt es bereits. Entfernen Sie es zuerst.',
  'certificate-invalid':
    'Das ist kein Zertifikat in PEM-Form. Kopieren Sie den ganzen Text, den das AMS des Gateways anzeigt.',
  'certificate-of-another':
    'Das Zertifikat gehört zu einer anderen Registrierungs-ID. Kopieren Sie beides aus demselben AMS.',
  'not-an-authority':
    'Das ist nicht das Zertifikat einer Zertifizierungsstelle in PEM-Form. Nehmen Sie das der Stelle, die die Gateways signiert.',
  'group-exists': 'Eine Registrierungsgruppe mit diesem Zertifikat gibt es bereits.',
  'address-taken': 'Ein Gerät mit dieser Adresse gibt es hinter diesem Gateway bereits.',
  'gateway-offline': 'Das Gateway ist nicht online. Bitten Sie das Werk, remoteConnect einzuschalten.',
  'scan-running': 'Dieses Gateway sucht bereits. Warten Sie auf das Ergebnis.',
  'mapping-needed':
    'Eine Sitzung gibt dieselbe Adresse hinter einem anderen Gateway frei und braucht diese Zuordnung. Ändern Sie zuerst die Sitzung.',
  'unknown-gateway': 'Ein ausgewähltes Gateway gibt es in der Cloud nicht. Wählen Sie Geräte anderer Gateways.',
  'unknown-user': 'Einen ausgewählten Benutzer gibt es in der Cloud nicht. Wählen Sie andere Benutzer.',
  'same-address-twice':
    'Dieselbe Adresse ist hinter zwei Gateways ausgewählt. Eine Verbindung kann nicht beide erreichen: Ordnen Sie einem Gerät eine andere Adresse zu oder erstellen Sie je eine Sitzung.',
  'address-in-the-way':
    'Eine ausgewählte Adresse bedeutet auf dem Weg ins Werk schon etwas anderes, und die Verbindung würde sich selbst abschneiden. Ordnen Sie dem Gerät eine andere Adresse zu oder geben Sie ihm eine.',
  'too-many-gateways': 'Eine Sitzung erreicht höchstens 20 Gateways. Erstellen Sie mehrere Sitzungen.',
  'gateway-not-ready':
    'Ein Gateway, das noch nie online war, kann keiner laufenden Sitzung hinzugefügt werden. Schalten Sie dort zuerst remoteConnect ein.',
  'gateway-full': 'Auf diesem Gateway laufen zu viele Sitzungen. Beenden Sie eine oder wählen Sie weniger Adressen.',
  'session-running': 'Eine laufende Sitzung kann nicht bearbeitet werden. Beenden Sie sie zuerst.',
  'not-running': 'Die Sitzung läuft nicht.',
  internal:
    'In der Cloud ist etwas schiefgegangen. Versuchen Sie es erneut; bleibt es dabei, wenden Sie sich an den Betreiber.',
};

export function refusalText(code: string, sentence: string, language: string): string {
  const german = language.startsWith('de') && Object.hasOwn(GERMAN, code) ? GERMAN[code] : undefined;
  if (german === undefined) return sentence;
  // Which address it is about stands in brackets behind the cloud's own words.
  const address = /\((?<address>\d+(?:\.\d+){3})\b/.exec(sentence)?.groups?.['address'];
  return address === undefined ? german : `${german} (${address})`;
}

/** @param time tells a moment in the user's way; the cloud's own sentences have it in the form of ISO 8601 */
export function preconditionText(missing: MissingPrecondition, language: string, time: (at: string) => string): string {
  const { precondition, gateway, address, message } = missing;
  const at = missing.at === null ? null : time(missing.at);
  if (!language.startsWith('de')) return missing.at === null || at === null ? message : message.replace(missing.at, at);
  const since = at === null ? '' : ` seit ${at}`;
  switch (precondition) {
    case 'gateway-never-seen':
      return `Das Gateway ${gateway ?? ''} war noch nie online. Schalten Sie remoteConnect in seinem AMS ein und prüfen Sie sein Netzwerk.`;
    case 'gateway-offline':
      return `Das Gateway ${gateway ?? ''} ist${since} offline. Bitten Sie das Werk, Strom und Netzwerk zu prüfen.`;
    case 'gateway-waiting':
      return `Das Gateway ${gateway ?? ''} wartet auf die Annahme durch einen Administrator. Bitten Sie einen darum.`;
    case 'gateway-disabled':
      return `Das Gateway ${gateway ?? ''} ist gesperrt. Bitten Sie einen Administrator, es freizugeben.`;
    case 'gateway-full':
      return `Auf dem Gateway ${gateway ?? ''} laufen zu viele Sitzungen. Beenden Sie eine oder wählen Sie weniger Adressen.`;
    case 'address-in-the-way':
      return `Beim Gateway ${gateway ?? ''} bedeutet eine freigegebene Adresse schon etwas anderes: ${address ?? ''}. Bitten Sie einen Administrator, das Gerät einer anderen Adresse zuzuordnen.`;
    case 'remoteconnect-off':
      return `Am Gateway ${gateway ?? ''} ist remoteConnect${since} ausgeschaltet. Bitten Sie das Werk, es im AMS einzuschalten.`;
    case 'already-running':
      return 'Die Sitzung läuft bereits. Beenden Sie sie zuerst.';
    case 'outside-window':
      return at === null
        ? 'Die Zeit, in der diese Sitzung laufen darf, ist vorbei. Bitten Sie einen Administrator, sie zu ändern.'
        : `Diese Sitzung darf jetzt nicht laufen. Das nächste Mal ist es möglich: ${at}.`;
    case 'no-client-seen':
      return 'Sie haben noch keinen Client geöffnet. Installieren Sie ihn auf diesem Computer, bevor Sie starten.';
    case 'not-approved':
      return 'Das Werk muss jeden Lauf freigeben. Es wird gefragt, sobald Ihr Client offen ist, und hat 10 Minuten.';
    default:
      return unreachable(precondition);
  }
}
