// So many iterations of the refresh request, without its scripts, as Newman plays them: node bare-newman.js URL ITERATIONS
const newman = require('newman');
const collection = require('../../collections/xero-oauth2.postman_collection.json');

const [url, iterations] = process.argv.slice(2);
const found = collection.item.flatMap(({ item }) => item).find(({ name }) => name === 'Refresh tokens');
const { event: _scripts, ...item } = found;
const rows = Array.from({ length: Number(iterations) }, (_, number) => ({
  token_url: `${url}/connect/token`,
  refresh_token: `rt-0-#${number}#`,
  authorization: `Basic ${Buffer.from(`client #${number}#:secret #${number}#`).toString('base64')}`,
}));
item.request.header = [...(item.request.header ?? []), { key: 'Authorization', value: '{{authorization}}' }];
newman.run({ collection: { info: collection.info, item: [item] }, iterationData: rows }, (error, { run }) => {
  process.exit(error || run.failures.length > 0 ? 1 : 0);
});
