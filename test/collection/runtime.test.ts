import { expect, test } from 'vitest';
import { sendOnce } from './support/requests';
import { runtimeVersion } from './support/runtime';
import { startServer } from './support/server';

test(`the collection runs in Postman's runtime ${runtimeVersion}`, async () => {
  const server = await startServer();
  await sendOnce(server, 'Refresh tokens');
  await server.close();
  expect(server.asked[0]?.headers['user-agent']).toContain(`PostmanRuntime/${runtimeVersion}.`);
});
