import { connectionText } from '../../_shared/tokens/connectionText';
import { heldName } from '../../_shared/connections/heldName';
import { pageFields } from '../../_shared/pages/pageFields';
import { pageWarning } from '../../_shared/pages/pageWarning';
import { showPage } from '../../_shared/pages/showPage';
/** @import { Page } from '../../_shared/pages/showPage' */

/**
 * Shows the connection as one line of text for the server, whatever Xero answers: the access token may have ended. From then
 * on the environment says that a server keeps it.
 */
function handOver() {
  const text = connectionText();
  pm.environment.set('handed_over_at', new Date().toISOString());
  pm.test('Xero answers with status 200, or 401 when the access token has ended', () => {
    pm.expect(pm.response.code).to.be.oneOf([200, 401]);
  });
  const inner = String(pm.environment.name);
  const name = /^[a-z0-9][a-z0-9._-]*$/.test(inner) ? inner : 'NAME';
  const makePage = () =>
    /** @type {Page} */ ({
      tone: 'good',
      mark: '✓ Ready',
      title: `${heldName()} can be handed over`,
      lead: 'The text below is the connection itself. A server that has taken it over keeps it from then on.',
      warning:
        'whoever has this text reaches the books of the customer. Give it to the owner of the server alone, in no mail, chat or ticket.',
      fields: [{ label: 'The connection', text, button: 'Copy the connection', rows: 6 }],
      next: [
        `On the server: npx evergrant adopt ${name} - and paste the text when it asks.`,
        'Look there whether it works: npx evergrant status',
        'Send nothing more here: this environment refuses to refresh from now on, because two who refresh end each other. If the server has not taken it over, empty handed_over_at.',
      ],
    });
  showPage(makePage, pageWarning() + pageFields());
}

handOver();
