/** The runtime that the tests run the collection in: Newman's own, or the Postman app's from `test/fixtures/postman-app`. */
export const runtimeVersion = process.env['EVERGRANT_POSTMAN_RUNTIME'] ?? '7.39';

/** Whether the runtime's scripts have a cryptographic source of random numbers. */
export const hasCrypto = runtimeVersion !== '7.39';
