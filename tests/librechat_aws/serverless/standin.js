// A server with the routes and the stream protocol of LibreChat v0.8.8: a chat is started by a POST that answers at once; the
// answer is generated in this process and read as server-sent events by another request, from Redis or from memory.
'use strict';
const http = require('http');
const net = require('net');

const CHUNKS = Number(process.env.CHUNKS || 12);
const EVERY_MS = 20;
let ready = false;
let running = 0;
let stopping = false;

// With the client that LibreChat has, and its rule for trying again.
function ioredis() {
  const most = Number(process.env.REDIS_RETRY_MAX_ATTEMPTS || 10);
  const client = new (require(process.env.IOREDIS))(process.env.REDIS_URI, {
    keyPrefix: process.env.REDIS_KEY_PREFIX,
    maxRetriesPerRequest: null,
    retryStrategy(times) {
      console.log(`redis: attempt ${times};`);
      return most && times > most ? null : EVERY_MS;
    },
  });
  client.on('ready', () => console.log('redis: ready'));
  client.on('end', () => console.log('redis: given up'));
  client.on('error', () => {});
  return { push: (key, value) => client.rpush(key, value), read: (key, from) => client.lrange(key, from, -1) };
}

function redis() {
  if (process.env.IOREDIS) return ioredis();
  if (!process.env.REDIS_PORT) {
    const lists = {};
    return { push: async (key, value) => (lists[key] ??= []).push(value), read: async (key, from) => (lists[key] ?? []).slice(from) };
  }
  const socket = net.connect(Number(process.env.REDIS_PORT), '127.0.0.1');
  const waiting = [];
  let rest = Buffer.alloc(0);
  const line = (at) => rest.indexOf('\r\n', at);
  function parse(at) {
    const end = line(at);
    if (end < 0) return null;
    const head = rest.toString('utf8', at + 1, end);
    const kind = rest[at];
    if (kind === 0x3a || kind === 0x2b) return [head, end + 2];
    if (kind === 0x24) return rest.length < end + 2 + Number(head) + 2 ? null : [rest.toString('utf8', end + 2, end + 2 + Number(head)), end + 4 + Number(head)];
    let [list, next] = [[], end + 2];
    for (let n = Number(head); n > 0; n -= 1) {
      const item = parse(next);
      if (!item) return null;
      list.push(item[0]);
      next = item[1];
    }
    return [list, next];
  }
  socket.on('data', (data) => {
    rest = Buffer.concat([rest, data]);
    for (let found = parse(0); found && rest.length; found = rest.length ? parse(0) : null) {
      rest = rest.subarray(found[1]);
      waiting.shift()(found[0]);
    }
  });
  const ask = (...words) =>
    new Promise((resolve) => {
      waiting.push(resolve);
      socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
    });
  return { push: (key, value) => ask('RPUSH', key, value), read: (key, from) => ask('LRANGE', key, String(from), '-1') };
}

const store = redis();
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function generate(id) {
  running += 1;
  for (let n = 0; n < CHUNKS; n += 1) {
    await store.push(id, JSON.stringify({ text: `word${n} ` }));
    await pause(EVERY_MS);
  }
  await store.push(id, JSON.stringify({ final: true }));
  running -= 1;
}

async function stream(id, response) {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache, no-transform' });
  response.flushHeaders();
  let gone = false;
  response.on('close', () => (gone = true));
  for (let from = 0, done = false; !done && !gone; await pause(5)) {
    for (const text of await store.read(id, from)) {
      response.write(`event: message\ndata: ${text}\n\n`);
      from += 1;
      done ||= JSON.parse(text).final === true;
    }
  }
  response.end();
}

const server = http.createServer(async (request, response) => {
  const url = new URL(request.url, 'http://x');
  const json = (status, body) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  if (url.pathname === '/readyz') return json(ready ? 200 : 503, {});
  if (!ready) return json(503, { code: 'SERVER_NOT_READY' });
  if (url.pathname.startsWith('/api/agents/chat/stream/')) return stream(url.pathname.split('/').pop(), response);
  if (url.pathname.startsWith('/api/agents/chat/')) {
    const id = `${process.pid}-${Date.now()}`;
    request.resume();
    generate(id);
    return json(200, { streamId: id, conversationId: id, status: 'started' });
  }
  if (url.pathname === '/echo') {
    const { JWT_SECRET, MONGO_URI, DOMAIN_CLIENT, CONFIG_PATH, LIBRECHAT_SECRETS } = process.env;
    return json(200, { headers: request.headers, JWT_SECRET, MONGO_URI, DOMAIN_CLIENT, CONFIG_PATH, LIBRECHAT_SECRETS });
  }
  if (url.pathname.startsWith('/write/')) {
    return require('fs').writeFile(url.pathname.slice(6), 'x', (error) => json(200, { code: error?.code ?? null }));
  }
  let size = 0;
  request.on('data', (part) => (size += part.length)).on('end', () => json(200, { size }));
  return undefined;
});
server.listen(Number(process.env.PORT), process.env.HOST, () => setTimeout(() => (ready = true), 300));

// It drains: generations that run go on to their end.
process.on('SIGTERM', async () => {
  stopping = true;
  console.log('draining');
  while (running) await pause(5);
  await pause(30);
  console.log('drained');
  process.exit(stopping ? 0 : 1);
});
