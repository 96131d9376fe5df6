import { prove } from './support/proof';
import { tornFiles } from './support/torn-files';

/** A token file is replaced by each of many tokens, while a process reads it in a loop and must find each whole. */
void prove({ rotations: 10_000 }, tornFiles);
