import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { deleteConnection, listConnections, showOrganisation, userInfo } from './api/api';
import { makeRateLimiter } from './api/rate-limit';
import { playFaults } from './control/fault-player';
import { homePage } from './control/home';
import type { Sandbox } from './control/sandbox';
import { readForm } from './http/form';
import { logRequests } from './http/request-log';
import { shapeCallback, shapeDiscovery } from './identity/callback-shape';
import { showError, showPage, takeAnswer } from './identity/interaction';
import { takeOlderSecret } from './identity/older-secret';
import { preflight } from './identity/preflight';
import { revocationEndpoint, tokenEndpoint } from './identity/token-endpoint';

/** Xero's addresses. Some are answered here, the others by the OpenID server, whose answers are then given Xero's form. */
export function xeroRoutes(sandbox: Sandbox, provider: Provider): ReturnType<Router['routes']> {
  const { world, faults } = sandbox;
  const log = logRequests(sandbox.log);
  const save: Middleware = async (_ctx, next) => {
    await next();
    await sandbox.stateFile.save();
  };
  const limiter = makeRateLimiter();
  const router = new Router();

  router.get('/', (ctx) => homePage(sandbox, ctx));
  router.get(
    '/identity/connect/authorize',
    log,
    playFaults(faults, 'authorize'),
    save,
    preflight(world),
    shapeCallback,
    toProvider,
  );
  router.get('/identity/connect/authorize/:id', log, save, shapeCallback, toProvider);
  router.get('/identity/user/login', log, (ctx) => showPage(world, provider, ctx));
  router.post('/identity/user/login', readForm, log, save, (ctx) => takeAnswer(world, provider, ctx));
  router.get('/identity/error', log, showError);

  router.post(
    '/connect/token',
    readForm,
    log,
    playFaults(faults, 'token'),
    save,
    takeOlderSecret(world),
    tokenEndpoint(world),
    toProvider,
  );
  router.post(
    '/connect/revocation',
    readForm,
    log,
    playFaults(faults, 'revocation'),
    save,
    takeOlderSecret(world),
    revocationEndpoint(world),
    toProvider,
  );
  router.get('/.well-known/openid-configuration', log, shapeDiscovery, toProvider);
  router.get('/.well-known/openid-configuration/jwks', log, toProvider);
  router.get('/connect/userinfo', log, (ctx) => userInfo(world, ctx));

  router.get('/connections', log, playFaults(faults, 'connections'), (ctx) => listConnections(world, ctx));
  router.delete('/connections/:id', log, playFaults(faults, 'connections'), save, (ctx) =>
    deleteConnection(world, ctx, String(ctx['params'].id)),
  );
  router.get('/api.xro/2.0/Organisation', log, playFaults(faults, 'organisation'), (ctx) =>
    showOrganisation(world, limiter, ctx),
  );
  return router.routes();
}

/** The OpenID server is what follows these routes. */
const toProvider: Middleware = (_ctx, next) => next();
