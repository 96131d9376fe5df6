import { nameIn } from '../link/nameIn';
import { inWords } from './inWords';
import { pageTable } from './pageTable';
import { showPage } from './showPage';
/** @import { Connection } from '../connections/connectionsIn' */
/** @import { Page } from './showPage' */

/**
 * Shows every organisation that a user has connected to the app, and which of them is this environment's.
 * @param {Connection[]} connections
 * @param {Connection} ours
 */
export function showConnections(connections, ours) {
  const row = (/** @type {Connection} */ one) => [
    `${one === ours ? '✓ ' : ''}${nameIn(one)}`,
    inWords(one.updatedDateUtc.replace(/Z?$/, 'Z')),
  ];
  const makePage = () =>
    /** @type {Page} */ ({
      tone: 'good',
      mark: '✓ Found',
      title: `This environment is connected to ${nameIn(ours)}`,
      lead: 'Xero lists every organisation that this user ever connected to the app.',
      table: {
        caption: 'The organisation with ✓ is the one of this environment',
        head: ['Organisation', 'Connected'],
        rows: connections.map(row),
      },
      next: ['Send Check access, to see that it works.'],
    });
  showPage(makePage, pageTable());
}
