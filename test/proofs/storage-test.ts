import { storage } from './support/disk/storage';
import { prove } from './support/proof';

/** A disk that fails, is full or loses power costs no token; nothing is spent when the file cannot be written. */
void prove({ faults: 10_000, 'small-disk': 10_000, 'power-cuts': 100_000 }, storage);
