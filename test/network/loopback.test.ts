import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { serveLoopback, type LoopbackServer } from '../../scripts/network/loopback';

const open: { close(): unknown }[] = [];

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A program of somebody else's that listens. */
async function stranger(options: net.ListenOptions): Promise<number> {
  const server = net.createServer();
  server.listen({ port: 0, ...options });
  await once(server, 'listening');
  open.push(server);
  return (server.address() as net.AddressInfo).port;
}

async function serve(handler: http.RequestListener, port = 0): Promise<LoopbackServer> {
  const server = await serveLoopback(handler, port);
  open.push(server);
  return server;
}

const sayHello: http.RequestListener = (_request, response) =>
  void response.setHeader('Connection', 'close').end('hello');

async function connected(port: number): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1').on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** All that comes on a connection until its end. */
async function heard(socket: net.Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}

describe('both loopback addresses are ours, or none is', () => {
  test.each([
    ['127.0.0.1', { host: '127.0.0.1' }, '127.0.0.1'],
    ['::1', { host: '::1' }, '[::1]'],
    ['every address', { host: '0.0.0.0' }, '127.0.0.1'],
    ['every address, IPv6 too', { host: '::' }, '127.0.0.1'],
    ['every IPv6 address', { host: '::', ipv6Only: true }, '[::1]'],
  ])('where somebody listens on %s, nothing is served and the address is named', async (_, options, address) => {
    const port = await stranger(options);
    await expect(serveLoopback(sayHello, port)).rejects.toMatchObject({
      kind: 'invalid',
      code: 'port_in_use',
      message: expect.stringContaining(`${address}:${port} is taken`),
    });
    const host = address === '127.0.0.1' ? '::1' : '127.0.0.1';
    const isOurs = await fetch(`http://${host.includes(':') ? `[${host}]` : host}:${port}`, {
      signal: AbortSignal.timeout(1_000),
    }).then(
      (response) => response.text(),
      () => 'nobody',
    );
    expect(isOurs).not.toBe('hello');
  });

  test('nobody can take either afterwards', async () => {
    const { port } = await serve(sayHello);
    for (const host of ['127.0.0.1', '::1', '0.0.0.0', '::']) {
      const late = net.createServer().listen({ port, host });
      const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
      expect(error.code).toBe('EADDRINUSE');
    }
  });

  test('a port of the system’s choice is one that is free on both', async () => {
    const ports = await Promise.all(Array.from({ length: 20 }, () => serve(sayHello)));
    for (const { port } of ports) {
      for (const host of ['127.0.0.1', '[::1]'])
        expect(await (await fetch(`http://${host}:${port}`)).text()).toBe('hello');
    }
  });
});

describe('a client that is slow or greedy holds nobody up', () => {
  test('300 connections on which nothing is asked leave room, and the oldest go', async () => {
    const { port } = await serve(sayHello);
    const idle = [];
    for (let count = 0; count < 300; count++) idle.push(await connected(port));
    for (const socket of idle.slice(0, 44)) if (!socket.closed) await once(socket, 'close');
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('hello');
    for (const socket of idle) socket.destroy();
  });

  test('one that sends its headers letter by letter is sent away, and others are served meanwhile', async () => {
    const { port } = await serve(sayHello);
    const slow = await connected(port);
    const dripping = setInterval(() => slow.write('x'), 200);
    slow.write('GET / HTTP/1.1\r\nHost: localhost\r\nx-slow: ');
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('hello');
    expect(await heard(slow)).toMatch(/^HTTP\/1\.1 408 /);
    clearInterval(dripping);
  });

  test('one that announces a body and never sends it gets its answer, and the connection ends', async () => {
    const { port } = await serve(sayHello);
    const slow = await connected(port);
    slow.write('POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n');
    expect(await heard(slow)).toMatch(/hello$/);
  });

  test('of requests sent in one go on one connection the first alone is served', async () => {
    let served = 0;
    const { port } = await serve((request, response) => {
      served++;
      sayHello(request, response);
    });
    const greedy = await connected(port);
    greedy.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(200));
    await heard(greedy);
    expect(served).toBe(1);
  });

  test('it ends although a client has sent half a request', async () => {
    const { port, close } = await serveLoopback(sayHello, 0);
    const slow = await connected(port);
    slow.write('GET / HTTP/1.1\r\nHost: lo');
    await fetch(`http://127.0.0.1:${port}`); // after which the one before it is accepted
    await close();
    if (!slow.closed) await once(slow, 'close');
  });
});
