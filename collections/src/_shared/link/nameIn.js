/**
 * An organisation's name, else its id, as a part of an advice, whose own parts a colon and a blank keep apart.
 * @param {{ tenantName: string, tenantId: string }} organisation
 */
export function nameIn({ tenantName, tenantId }) {
  return (tenantName || tenantId).replace(/: +/g, ':');
}
