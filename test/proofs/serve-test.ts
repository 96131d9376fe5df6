import { prove } from './support/proof';
import { serveUnderLoad } from './support/serve/under-load';

/** `serve` under load: a crowd for what is due, warm tokens, SIGKILL, timing, memory, and no secret in what it says. */
void prove({ environments: 100, askers: 1000, warm: 1_000_000, kills: 100 }, serveUnderLoad);
