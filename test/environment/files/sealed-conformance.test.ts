import { newWrappingKeys } from '../../../scripts/sealing/wrapping-keys';
import { conformsAsStore } from '../store-conformance';
import { storeInFolder } from './store-under-test';

/** A store of files in which everything is sealed does all that a store must. */
conformsAsStore(() => storeInFolder(newWrappingKeys()));
