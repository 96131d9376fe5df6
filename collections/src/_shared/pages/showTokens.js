import { heldName } from '../connections/heldName';
import { clocks } from './clocks';
import { showPage } from './showPage';

/**
 * Shows that new tokens are stored, and when they end.
 * @param {boolean} lasts whether there is a refresh token
 * @param {string} next what to do next
 */
export function showTokens(lasts, next) {
  showPage(() => ({
    tone: 'good',
    mark: '✓ Stored',
    title: `New tokens for ${heldName()}`,
    lead: `They are kept in the environment ${pm.environment.name}, in place of the old ones.`,
    facts: clocks(lasts),
    next: [next],
  }));
}
