import { prove } from '../support/proof';
import { race } from './race';

/** Processes of two machines ask at once for one connection that is due: one redemption, and none of them fails. */
void prove({ processes: 200 }, race);
