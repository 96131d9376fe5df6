import { isolated } from '../../../../scripts/text/isolate';

/**
 * An organisation's name, else its id, for use in an advice. A colon and a blank separate the parts of an advice, so blanks
 * after a colon are removed.
 * @param {{ tenantName: string, tenantId: string }} organisation
 */
export function nameIn({ tenantName, tenantId }) {
  return isolated((tenantName || tenantId).replace(/: +/g, ':'));
}
