import Router from '@koa/router';
import type { Middleware } from 'koa';
import type { Provider } from 'oidc-provider';
import { deleteConnection, listConnections, showOrganisation, userInfo } from './api';
import { shapeCallback, shapeDiscovery } from './callback-shape';
import { playFaults } from './fault-player';
import { readForm } from './form';
import { homePage } from './home';
import { showError, showPage, takeAnswer } from './interaction';
import { preflight } from './preflight';
import { makeRateLimiter } from './rate-limit';
import { logRequests } from './request-log';
import type { Sandbox } from './sandbox';
import { revocationEndpoint, tokenEndpoint } from './token-endpoint';

/** Xero's addresses. What the OpenID server answers itself goes on to it, through what makes it sound like Xero. */
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
    goOn,
  );
  router.get('/identity/connect/authorize/:id', log, save, shapeCallback, goOn);
  router.get('/identity/user/login', log, (ctx) => showPage(world, provider, ctx));
  router.post('/identity/user/login', readForm, log, save, (ctx) => takeAnswer(world, provider, ctx));
  router.get('/identity/error', log, showError);

  router.post('/connect/token', readForm, log, playFaults(faults, 'token'), save, tokenEndpoint(world), goOn);
  router.post(
    '/connect/revocation',
    readForm,
    log,
    playFaults(faults, 'revocation'),
    save,
    revocationEndpoint(world),
    goOn,
  );
  router.get('/.well-known/openid-configuration', log, shapeDiscovery, goOn);
  router.get('/.well-known/openid-configuration/jwks', log, goOn);
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

const goOn: Middleware = (_ctx, next) => next();
