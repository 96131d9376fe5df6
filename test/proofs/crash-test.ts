import { crash } from './support/crash';
import { prove } from './support/proof';

/** SIGKILL at every step of a refresh and at random moments: the next run must hold a token that the sandbox accepts. */
void prove({ steps: 10_000, random: 1000, kinds: 4 }, crash);
