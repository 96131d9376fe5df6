import { askConnections, noteListing } from '../consent/organisation';
import { environmentNamed, pointing, runnerOf, storeOf, type Context } from '../context';
import type { ContractKey, Environment } from '../environment/environment';
import { grantOf } from '../environment/grant';
import { unusableRow } from '../environment/row-faults';
import { credentialKeys, requireSettings, settingsOf, type Settings } from '../environment/settings';
import type { EnvironmentStore, StoredEnvironment } from '../environment/store';
import { Failure, typed } from '../errors';
import { withAccess } from '../fleet/valid-access';
import type { LastAttempt } from '../history/attempt';
import { forOneRequest } from '../refresh/access';
import {
  diagnoseAttempt,
  diagnoseFile,
  diagnoseGrant,
  diagnoseListing,
  diagnoseOrganisation,
  diagnoseScopes,
  diagnoseSettings,
  type DoctorFinding,
} from '../status/diagnosis';
import { diagnoseUnsealed, exceptKey } from '../status/diagnose-sealing';
import { openLink, standingOf } from '../status/standing';

/** What was found wrong with an environment. */
export interface Examination {
  /** The name or path as it was given. */
  readonly given: string;
  readonly name: string;
  readonly findings: DoctorFinding[];
  readonly environment?: Environment;
  readonly settings?: Settings;
}

/** How long to wait for a lock. A refresh that holds it for longer becomes a finding. */
const lockWaitMs = 2000;

/** Looks at one environment as a refresh does, but for asking Xero. */
export async function examine(
  given: string,
  attemptsIn: AttemptsIn,
  context: Context,
  canOpen: boolean,
): Promise<Examination> {
  const examined = await looked(given, attemptsIn, context, canOpen);
  const findings = examined.findings.map((one) => ({ ...one, mend: pointing(context, given, one.mend) }));
  return { ...examined, findings };
}

type AttemptsIn = (home: EnvironmentStore) => Promise<ReadonlyMap<string, LastAttempt>>;

async function looked(given: string, attemptsIn: AttemptsIn, context: Context, canOpen: boolean): Promise<Examination> {
  const findings: DoctorFinding[] = [];
  let environment: Environment | undefined;
  try {
    const stored = environmentNamed(context, given);
    environment = await stored.read();
    const facts = await stored.facts();
    findings.push(...diagnoseFile(facts, stored.name));
    const failures = facts.tracking === 'tracked' ? [] : exceptKey(await trySave(stored), canOpen);
    findings.push(...failures.filter(({ mend }) => !findings.some((one) => one.mend === mend)));
    const unusable = unusableRow(environment, stored.where);
    if (unusable !== undefined) throw unusable;
    const now = context.now();
    const grant = grantOf(environment, now);
    const isHeld = failures.some(({ kind }) => kind === 'busy'); // its mark is that of a refresh under way
    if (!isHeld || grant.state !== 'interrupted') {
      findings.push(...diagnoseGrant(grant, stored.name, now, openLink(environment, now)));
    }
    const attempts = await attemptsIn(storeOf(context).homeOf(given));
    const last = attempts.get(stored.name) ?? null;
    const standing = standingOf(environment, grant, last, { isLocked: false, now });
    if (standing?.detail === 'failing')
      findings.push(...diagnoseAttempt((await stored.attempts()).at(-1), await stored.postponedUntil(), now));
    findings.push(...diagnoseOrganisation(environment), ...diagnoseUnsealed(environment));
    const settings = settingsOf(environment, context.env(), stored.where);
    requireSettings(settings, neededKeys(settings, canOpen), stored.where);
    findings.push(...diagnoseSettings(canOpen ? settings : withoutSecret(settings)), ...diagnoseScopes(settings));
    return { given, name: stored.name, findings, environment, settings };
  } catch (error) {
    const found = exceptKey([...findings, findingOf(error)], canOpen);
    return { given, name: typed(given), findings: found, ...(environment && { environment }) };
  }
}

/** What Xero says of an environment's organisation; nothing where its connection is not to be asked about. */
export async function askAbout(
  { given, environment, findings }: Examination,
  context: Context,
  canOpen: boolean,
): Promise<DoctorFinding[]> {
  const isFaulty = findings.some(({ kind }) => kind !== 'warning');
  if (environment === undefined || isFaulty || grantOf(environment, context.now()).state !== 'connected') return [];
  try {
    const stored = environmentNamed(context, given);
    const asked = await withAccess(stored, forOneRequest, context);
    const list = await askConnections(stored, asked, context, runnerOf(context));
    await noteListing(stored, asked, list, context.now());
    return diagnoseListing(asked, list);
  } catch (error) {
    return exceptKey([findingOf(error)], canOpen);
  }
}

/** Does what a refresh does before it asks Xero: locks, reserves space for the answer, replaces the file by its own text. */
async function trySave(stored: StoredEnvironment): Promise<DoctorFinding[]> {
  try {
    const locked = await stored.lock(lockWaitMs);
    try {
      await locked.prepareSave({});
    } finally {
      await locked.release();
    }
    return [];
  } catch (error) {
    const finding = findingOf(error);
    return finding.code === 'switched_off' || finding.code === 'misspelt_key' ? [] : [finding];
  }
}

/** @throws the error itself when it is not an expected failure */
function findingOf(error: unknown): DoctorFinding {
  if (!(error instanceof Failure) || error.kind === 'bug') throw error;
  const { kind, code, message, hint } = error;
  return { kind, code, problem: message, mend: hint };
}

/** For a process that can't open the client secret: nothing is said of it. */
function withoutSecret(settings: Settings): Settings {
  return { ...settings, value: (key) => (key === 'client_secret' ? '' : settings.value(key)) };
}

function neededKeys({ appType }: Settings, canOpen: boolean): ContractKey[] {
  const consent: ContractKey[] = ['authorize_url', 'revocation_url', 'redirect_uri', 'scopes'];
  return [
    'token_url',
    'connections_url',
    'api_url',
    ...credentialKeys(appType).filter((key) => canOpen || key !== 'client_secret'),
    ...(appType === 'custom_connection' ? [] : consent),
  ];
}
