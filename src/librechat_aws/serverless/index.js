// The server that a web function starts: it listens at once, makes LibreChat's environment, starts LibreChat behind itself,
// holds requests until that is ready, and passes them on as they are, streams included.
'use strict';
const { spawn } = require('child_process');
const fs = require('fs');
const http = require('http');
const { createRequire } = require('module');
const path = require('path');
const zlib = require('zlib');

const SECRET_HEADER = 'x-origin-secret';
const SCRATCH = process.env.LIBRECHAT_SCRATCH || '/tmp/librechat';
const CHILD_PORT = Number(process.env.LIBRECHAT_PORT || 3081);
// CloudFront waits 120 seconds for the first byte of an answer.
const HOLD_MS = Number(process.env.LIBRECHAT_HOLD_SECONDS || 100) * 1000;
const POLL_MS = 250;
const ORIGIN_POLL_MS = Number(process.env.LIBRECHAT_ORIGIN_POLL_MS || 20_000);
const OWN = ['LIBRECHAT_SECRETS', 'LIBRECHAT_YAML', 'LIBRECHAT_ORIGIN_PARAMETER'];
const WRITABLE = ['uploads', 'logs', 'data', 'images'];

const agent = new http.Agent({ keepAlive: true });
let child;
let originSecret;
let stopping = false;

const say = (message) => console.log(JSON.stringify({ level: 'info', message: `wrapper: ${message}` }));

function fail(error) {
  console.error(JSON.stringify({ level: 'error', message: `wrapper: ${error.name}: ${error.message}` }));
  process.exit(1);
}

// LIBRECHAT_SECRETS is {variable: [ARN of a secret, JSON key in it]}: values are never variables of the function.
async function readSecrets() {
  const places = JSON.parse(process.env.LIBRECHAT_SECRETS || '{}');
  const modules = createRequire(path.join(__dirname, 'app', 'package.json'));
  const { SecretsManagerClient, GetSecretValueCommand } = modules('@aws-sdk/client-secrets-manager');
  const client = new SecretsManagerClient({ maxAttempts: 10 });
  const arns = [...new Set(Object.values(places).map(([arn]) => arn))];
  const answers = await Promise.all(arns.map((SecretId) => client.send(new GetSecretValueCommand({ SecretId }))));
  const contents = Object.fromEntries(arns.map((arn, at) => [arn, JSON.parse(answers[at].SecretString)]));
  return Object.fromEntries(
    Object.entries(places).map(([name, [arn, key]]) => {
      if (contents[arn][key] === undefined) throw new Error(`the secret of ${name} has no key ${key}`);
      return [name, contents[arn][key]];
    }),
  );
}

function writeConfiguration() {
  for (const name of WRITABLE) fs.mkdirSync(path.join(SCRATCH, name), { recursive: true });
  const file = path.join(SCRATCH, 'librechat.yaml');
  if (process.env.LIBRECHAT_YAML) {
    fs.writeFileSync(file, zlib.gunzipSync(Buffer.from(process.env.LIBRECHAT_YAML, 'base64')));
  }
  return file;
}

// The address that people use follows from the function's own, so it is written down after the function: null until then.
async function readOrigin() {
  if (!process.env.LIBRECHAT_ORIGIN_PARAMETER) return process.env.LIBRECHAT_ORIGIN || null;
  const modules = createRequire(path.join(__dirname, 'app', 'package.json'));
  const { SSMClient, GetParameterCommand } = modules('@aws-sdk/client-ssm');
  try {
    const command = new GetParameterCommand({ Name: process.env.LIBRECHAT_ORIGIN_PARAMETER });
    return (await new SSMClient({ maxAttempts: 10 }).send(command)).Parameter.Value;
  } catch (error) {
    if (error.name === 'ParameterNotFound') return null;
    throw error;
  }
}

// Whoever was started before there was an address makes room for one that knows it.
function restartWithOrigin() {
  const timer = setInterval(async () => {
    if ((await readOrigin().catch(() => null)) === null) return;
    clearInterval(timer);
    say('the address is known now');
    stop();
  }, ORIGIN_POLL_MS);
  timer.unref();
}

function stop() {
  stopping = true;
  say('stopping');
  server.close();
  if (child) child.kill('SIGTERM');
  else process.exit(0);
}

async function start() {
  const [{ ORIGIN_SECRET, ...secrets }, ORIGIN] = await Promise.all([readSecrets(), readOrigin()]);
  originSecret = ORIGIN_SECRET;
  const environment = { ...process.env, ...secrets };
  for (const name of OWN) delete environment[name];
  Object.assign(environment, {
    HOST: '127.0.0.1',
    PORT: String(CHILD_PORT),
    CONFIG_PATH: writeConfiguration(),
    LIBRECHAT_LOG_DIR: path.join(SCRATCH, 'logs'),
  });
  if (ORIGIN) Object.assign(environment, { DOMAIN_CLIENT: ORIGIN, DOMAIN_SERVER: ORIGIN });
  else restartWithOrigin();
  if (environment.MONGO_URI) environment.MONGO_URI = environment.MONGO_URI.replace('/config/', `${__dirname}/`);
  child = spawn(process.execPath, ['api/server/index.js'], {
    cwd: path.join(__dirname, 'app'),
    env: environment,
    stdio: 'inherit',
  });
  child.on('error', fail);
  child.on('exit', (code, signal) => {
    say(`LibreChat ended (${signal || code})`);
    process.exit(stopping ? (code ?? 0) : 1);
  });
  while (!(await answers('/readyz'))) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  say('LibreChat is ready');
}

function answers(url) {
  return new Promise((resolve) => {
    const request = http.get({ host: '127.0.0.1', port: CHILD_PORT, path: url, timeout: 5000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}

function refuse(response, status, text) {
  if (response.headersSent) return response.destroy();
  response.writeHead(status, { 'content-type': 'text/plain', ...(status === 503 ? { 'retry-after': '5' } : {}) });
  return response.end(text);
}

function passOn(request, response) {
  const headers = { ...request.headers, 'x-forwarded-proto': 'https' };
  delete headers[SECRET_HEADER];
  const target = { host: '127.0.0.1', port: CHILD_PORT, method: request.method, path: request.url, headers, agent };
  const inner = http.request(target, (answer) => {
    response.writeHead(answer.statusCode, answer.rawHeaders.length ? answer.headers : {});
    response.flushHeaders();
    answer.pipe(response);
    answer.on('error', () => response.destroy());
  });
  inner.on('error', () => refuse(response, 502, 'LibreChat does not answer'));
  response.on('close', () => inner.destroy());
  request.pipe(inner);
}

function holds(promise) {
  let timer;
  const late = new Promise((resolve) => {
    timer = setTimeout(resolve, HOLD_MS, false);
  });
  return Promise.race([promise.then(() => true), late]).finally(() => clearTimeout(timer));
}

const ready = start();
ready.catch(fail);
const server = http.createServer(async (request, response) => {
  if (!(await holds(ready))) return refuse(response, 503, 'LibreChat is starting');
  // The function's own address is public; only CloudFront knows the secret.
  if (originSecret && request.headers[SECRET_HEADER] !== originSecret) return refuse(response, 404, 'not found');
  return passOn(request, response);
});
// An upload or a stream takes as long as it takes: the function's own timeout ends it.
server.requestTimeout = 0;
server.keepAliveTimeout = 75_000;

process.on('SIGTERM', stop);

const [host, port] = (process.env.AWS_LAMBDA_HTTP_ENDPOINT || '127.0.0.1:8080').replace(/^https?:\/\//, '').split(':');
server.listen(Number(port), host, () => say(`listening on ${host}:${server.address().port}`));
