import { fuzz } from './support/fuzz/fuzz';
import { prove } from './support/proof';

/** Spoilt environment files, callback URLs and token answers: no crash, no secret told, nothing changed that must not. */
void prove({ cases: 100_000 }, fuzz);
