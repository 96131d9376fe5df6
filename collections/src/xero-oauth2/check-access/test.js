import { plainName } from '../../../../scripts/environment/plain-name';
import { isolated } from '../../../../scripts/text/isolate';
import { jsonOf } from '../../../../scripts/text/json';
import { apiRefusal } from '../../_shared/connections/apiRefusal';
import { callsLeft } from '../../_shared/pages/callsLeft';
import { clocks } from '../../_shared/pages/clocks';
import { failIf } from '../../_shared/request/failIf';
import { setting } from '../../_shared/request/setting';
import { showPage } from '../../_shared/pages/showPage';
import { showRefusal } from '../../_shared/pages/showRefusal';

/** Shows whether the access token reaches its organisation. */
function judgeAccess() {
  const organisation = /** @type {any} */ (jsonOf(pm.response.text()))?.Organisations?.[0];
  const works = pm.response.code === 200 && typeof organisation?.Name === 'string';
  const refusal = works ? '' : apiRefusal(pm.response);
  pm.test('Xero answers with status 200', () => failIf(pm.response.code === 200 ? '' : refusal));
  if (pm.response.code === 200) pm.test('the answer names the organisation', () => failIf(refusal));
  if (refusal) showRefusal(pm.response, refusal);
  else showAccess(organisation);
}

/** @param {Record<string, unknown>} organisation */
function showAccess(organisation) {
  showPage(() => {
    return {
      tone: 'good',
      mark: '✓ Works',
      title: `${isolated(plainName(organisation.Name))} can be reached`,
      lead: 'Xero answers to the access token in this environment.',
      facts: [...callsLeft(pm.response), ...clocks(Boolean(setting('refresh_token')))],
      next: ['Nothing. All is well.'],
    };
  });
}

judgeAccess();
