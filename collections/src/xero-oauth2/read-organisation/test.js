import { plainName } from '../../../../scripts/environment/plain-name';
import { isolated } from '../../../../scripts/text/isolate';
import { jsonOf } from '../../../../scripts/text/json';
import { apiRefusal } from '../../_shared/connections/apiRefusal';
import { callsLeft } from '../../_shared/pages/callsLeft';
import { failIf } from '../../_shared/request/failIf';
import { servedRefusal } from '../../_shared/connections/servedRefusal';
import { showPage } from '../../_shared/pages/showPage';
import { showRefusal } from '../../_shared/pages/showRefusal';

/** Shows whether the token that a server has handed out reaches the organisation. */
function judgeReading() {
  const organisation = /** @type {any} */ (jsonOf(pm.response.text()))?.Organisations?.[0];
  const works = pm.response.code === 200 && typeof organisation?.Name === 'string';
  const refusal = servedRefusal(pm.response) || (works ? '' : apiRefusal(pm.response));
  pm.test('Xero answers with status 200', () => failIf(refusal));
  if (refusal) return showRefusal(pm.response, refusal);
  showPage(() => ({
    tone: 'good',
    mark: '✓ Works',
    title: `${isolated(plainName(organisation.Name))} can be reached`,
    lead: 'Xero answers to the token that the server has handed out.',
    facts: callsLeft(pm.response),
    next: ['Nothing. All is well. When the token ends, in half an hour at most, get a new one in the folder Use it.'],
  }));
}

judgeReading();
