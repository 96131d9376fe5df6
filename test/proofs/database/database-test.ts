import { prove } from '../support/proof';
import { chaos } from './chaos';

/** Several machines over one database lose no connection, whatever happens to them, the database and the answers. */
void prove({ seconds: 45, connections: 200 }, chaos);
