import { accessScenarios } from './access';
import { answerScenarios } from './answers';
import { callbackScenarios } from './callback';
import { clientSecretScenarios } from './client-secret';
import { codeScenarios } from './code';
import { connectScenarios } from './connect';
import { customConnectionScenarios } from './custom-connection';
import { disconnectScenarios } from './disconnect';
import { faultScenarios } from './faults';
import { granularScopeScenarios } from './granular-scopes';
import { graceScenarios } from './grace';
import { limitScenarios } from './limits';
import { heldOrganisationScenarios } from './held-organisation';
import { linkScenarios } from './link';
import { liveScenarios } from './live';
import { organisationScenarios } from './organisations';
import { refreshScenarios } from './refresh';
import type { Scenario } from './scenario';
import { scopeScenarios } from './scopes';
import { stateScenarios } from './state';

/** The version of the QA collection: the first number grows when a scenario goes, the second when one comes, else the third. */
export const version = '1.3.0';

export const changelog = [
  '- 1.3.0: scopes, limits of Xero, wrong grants, two secrets, practices, several organisations at once; more that Xero itself can bear',
  '- 1.2.0: a wrong token_url; a secret that is regenerated spoils no consent; disconnecting lists what it ends',
  '- 1.1.2: a connection that is cut on purpose fails no run of plain Newman',
  '- 1.1.1: the steps stand in headers, and two scripts of the collection play them',
  '- 1.1.0: text from outside is no expression, a link works once, organisations stay, disconnecting asks first',
  '- 1.0.0: the first scenarios',
].join('\n');

const families: readonly (readonly Scenario[])[] = [
  connectScenarios,
  linkScenarios,
  limitScenarios,
  scopeScenarios,
  granularScopeScenarios,
  callbackScenarios,
  stateScenarios,
  codeScenarios,
  clientSecretScenarios,
  organisationScenarios,
  heldOrganisationScenarios,
  customConnectionScenarios,
  refreshScenarios,
  graceScenarios,
  answerScenarios,
  accessScenarios,
  disconnectScenarios,
  faultScenarios,
  liveScenarios,
];

/** Every scenario, by its id. */
export const scenarios: readonly Scenario[] = families.flat().toSorted((a, b) => a.id.localeCompare(b.id));
