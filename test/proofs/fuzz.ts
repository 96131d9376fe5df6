import { fuzz } from './support/fuzz/fuzz';
import { prove } from './support/proof';

/** Corrupt environment files, callback URLs and token answers: no crash, no secret shown, nothing changed that must stay. */
void prove({ cases: 100_000 }, fuzz);
