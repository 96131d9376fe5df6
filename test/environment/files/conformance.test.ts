import { conformsAsStore } from '../store-conformance';
import { storeInFolder } from './store-under-test';

conformsAsStore(() => storeInFolder());
