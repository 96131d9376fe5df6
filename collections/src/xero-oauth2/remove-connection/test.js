import { apiRefusal } from '../../_shared/connections/apiRefusal';
import { heldName } from '../../_shared/connections/heldName';
import { failIf } from '../../_shared/request/failIf';
import { setting } from '../../_shared/request/setting';
import { showPage } from '../../_shared/pages/showPage';
import { showRefusal } from '../../_shared/pages/showRefusal';

/** Removes the organisation from the environment if its connection was the one removed. */
function forgetTenant() {
  const removed = [204, 404].includes(pm.response.code);
  const refusal = removed ? '' : apiRefusal(pm.response);
  pm.test('Xero answers with status 204, or 404 when it was gone already', () => failIf(refusal));
  if (refusal) return showRefusal(pm.response, refusal, 'Nothing has changed, but disconnect_confirm is empty again.');
  showRemoval();
  if (pm.variables.get('removed_tenant_id') !== setting('tenant_id')) return;
  pm.environment.set('tenant_id', '');
  pm.environment.set('tenant_name', '');
}

function showRemoval() {
  const isOurs = pm.variables.get('removed_tenant_id') === setting('tenant_id');
  const name = isOurs && heldName();
  showPage(() => ({
    tone: 'good',
    mark: '✓ Disconnected',
    title: name ? `${name} is disconnected` : 'The connection is removed',
    lead: pm.response.code === 404 ? 'Xero says that it was gone already.' : 'Xero has removed this one connection.',
    next: ['Nothing. To connect the organisation again, send Consent link.'],
  }));
}

forgetTenant();
