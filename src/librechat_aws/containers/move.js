// Carries the data of one deployment to another: all of MongoDB into the files bucket, and out of it on the other side.
//
//   node /config/move.js export NAME
//   node /config/move.js import NAME [--replace] [--without-keys]
//
// An export lies under migration/NAME/ in the bucket: documents as BSON, in parts of a few MiB, and a manifest, written
// last, with the number of documents and the digest of every part. Files are copied from bucket to bucket by whoever has
// rights in both; the import looks whether they are there. Documents are never printed.
'use strict';
const crypto = require('crypto');
const zlib = require('zlib');
const { createRequire } = require('module');

const load = createRequire(process.env.LIBRECHAT_PACKAGE || '/app/api/package.json');
const { mongo } = load('mongoose');
const { S3Client, PutObjectCommand, GetObjectCommand, HeadObjectCommand } = load('@aws-sdk/client-s3');

const FOLDER = 'migration';
const PART_BYTES = 4 * 2 ** 20;
const PART_DOCUMENTS = 1000;
const LOOKS_AT_ONCE = 20;
// Logins that the other side's keys could not read.
const LEFT_BEHIND = new Set(['sessions', 'refreshtokenbridges', 'openidrefreshflights']);
// They say what the old search index held.
const INDEXED = new Set(['messages', 'conversations']);
// Types stay what they are: a 64-bit number is not made a double on the way.
const EXACT = { promoteValues: false, promoteLongs: false, promoteBuffers: false, bsonRegExp: true };

const bucket = process.env.AWS_BUCKET_NAME;
const s3 = new S3Client({ region: process.env.AWS_REGION, maxAttempts: 8 });

class Refused extends Error {
  constructor(message, hint, code = 1) {
    super(message);
    Object.assign(this, { hint, code });
  }
}

const say = (text) => console.log(`move: ${text}`);
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const version = () => load('./package.json').version.replace(/^v/, '');

// Tells whether two deployments have the same keys, without telling the keys.
const keys = () => sha256(`move:${process.env.CREDS_KEY}:${process.env.CREDS_IV}`).slice(0, 16);

async function put(key, body) {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body }));
}

async function get(key) {
  try {
    const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from(await object.Body.transformToByteArray());
  } catch (error) {
    if (error.name !== 'NoSuchKey') throw error;
    throw new Refused(
      `there is no s3://${bucket}/${key}`,
      `copy the export: aws s3 sync s3://OLD-BUCKET s3://${bucket} (the outputs and the console have the names)`,
    );
  }
}

async function exportAll(db, name) {
  const found = (await db.listCollections({}, { nameOnly: true }).toArray()).map((each) => each.name).sort();
  const collections = {};
  for (const collection of found) {
    if (collection.startsWith('system.') || LEFT_BEHIND.has(collection)) continue;
    collections[collection] = await exportOne(db.collection(collection), `${FOLDER}/${name}/${collection}`);
  }
  const manifest = { format: 1, made: new Date().toISOString(), version: version(), keys: keys(), collections };
  await put(`${FOLDER}/${name}/manifest.json`, JSON.stringify(manifest, null, 1));
  const total = Object.values(collections).reduce((sum, each) => sum + each.documents, 0);
  say(`exported ${total} documents of ${Object.keys(collections).length} collections to s3://${bucket}/${FOLDER}/${name}/`);
}

async function exportOne(collection, folder) {
  const parts = [];
  let held = [];
  let bytes = 0;
  async function flush() {
    const body = zlib.gzipSync(Buffer.concat(held));
    const key = `${folder}/${String(parts.length + 1).padStart(6, '0')}.bson.gz`;
    await put(key, body);
    parts.push({ key, documents: held.length, sha256: sha256(body) });
    [held, bytes] = [[], 0];
  }
  for await (const document of collection.find({}, EXACT)) {
    const raw = mongo.BSON.serialize(document);
    if (held.length && (bytes + raw.length > PART_BYTES || held.length === PART_DOCUMENTS)) await flush();
    held.push(raw);
    bytes += raw.length;
  }
  if (held.length) await flush();
  const documents = parts.reduce((sum, part) => sum + part.documents, 0);
  say(`${collection.collectionName}: ${documents} documents`);
  return { documents, parts };
}

function requireFit(manifest, options) {
  if (manifest.format !== 1) throw new Refused('this export has a form that is not known here', 'use the version that made it');
  const [theirs, ours] = [manifest.version, version()].map((text) => text.split(/[.-]/).map((part) => parseInt(part, 10) || 0));
  const at = theirs.findIndex((part, index) => part !== (ours[index] ?? 0));
  if (at >= 0 && theirs[at] > (ours[at] ?? 0)) {
    throw new Refused(
      `the export was made by LibreChat ${manifest.version}, this one is ${version()}`,
      'an older version may not read what a newer one wrote: upgrade this deployment first',
    );
  }
  if (manifest.keys !== keys() && !options.has('--without-keys')) {
    throw new Refused(
      'the export comes from a deployment with another CREDS_KEY and CREDS_IV, so keys that people stored cannot be read here',
      'put the old values into the secrets CredsKey and CredsIv, start LibreChat anew, import again; or give them up: --without-keys',
    );
  }
}

async function importAll(db, name, options) {
  const manifest = JSON.parse(await get(`${FOLDER}/${name}/manifest.json`));
  requireFit(manifest, options);
  const users = db.collection('users');
  if ((await users.countDocuments()) > 0 && !options.has('--replace')) {
    throw new Refused('there are accounts here already', 'to give up what is here for what was exported: --replace');
  }
  // Accounts go first and come last: an import that was interrupted leaves none, and can be started again.
  await users.deleteMany({});
  const names = Object.keys(manifest.collections).sort((one, other) => (one === 'users') - (other === 'users'));
  for (const collection of names) await importOne(db.collection(collection), manifest.collections[collection]);
  const missing = await findMissingFiles(db.collection('files'));
  if (missing.length) {
    throw new Refused(
      `everything is imported, but ${missing.length} files are not in s3://${bucket}, the first ${missing[0]}`,
      `copy them: aws s3 sync s3://OLD-BUCKET s3://${bucket}`,
    );
  }
  say('everything is here; start LibreChat anew, so that it forgets what it remembered');
}

async function importOne(collection, { documents, parts }) {
  await collection.deleteMany({});
  for (const part of parts) {
    const body = await get(part.key);
    if (sha256(body) !== part.sha256) throw new Refused(`${part.key} is not what was exported`, 'copy it again');
    const batch = split(zlib.gunzipSync(body));
    if (INDEXED.has(collection.collectionName)) for (const each of batch) if (each._meiliIndex) each._meiliIndex = false;
    await collection.insertMany(batch, { ordered: false });
  }
  const there = await collection.countDocuments();
  if (there !== documents) {
    throw new Refused(`${collection.collectionName} has ${there} documents, and ${documents} were exported`, 'import again');
  }
  say(`${collection.collectionName}: ${documents} documents`);
}

// Each document begins with its own length.
function split(bytes) {
  const documents = [];
  for (let at = 0; at < bytes.length; at += bytes.readInt32LE(at)) {
    documents.push(mongo.BSON.deserialize(bytes.subarray(at, at + bytes.readInt32LE(at)), EXACT));
  }
  return documents;
}

async function findMissingFiles(files) {
  const keys = (await files.find({ source: 's3' }).toArray()).map(keyOf);
  const missing = [];
  for (let at = 0; at < keys.length; at += LOOKS_AT_ONCE) {
    const some = keys.slice(at, at + LOOKS_AT_ONCE);
    const there = await Promise.all(some.map(isThere));
    missing.push(...some.filter((_, number) => !there[number]));
  }
  return missing;
}

// What LibreChat does with an address that has ended: the path is the object's key.
function keyOf(file) {
  if (file.storageKey) return file.storageKey;
  return decodeURIComponent(new URL(file.filepath, 'https://bucket').pathname.slice(1));
}

async function isThere(key) {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (error.$metadata?.httpStatusCode === 404) return false;
    throw error;
  }
}

async function main([verb, name, ...rest]) {
  const known = { export: [], import: ['--replace', '--without-keys'] }[verb];
  if (!known || !/^[a-z0-9-]+$/.test(name || '') || rest.some((option) => !known.includes(option))) {
    throw new Refused('not understood', 'node move.js export NAME, or import NAME [--replace] [--without-keys]', 64);
  }
  for (const variable of ['MONGO_URI', 'AWS_BUCKET_NAME']) {
    if (!process.env[variable]) throw new Refused(`${variable} is not set`, 'run it in the container of LibreChat', 64);
  }
  const client = await new mongo.MongoClient(process.env.MONGO_URI).connect();
  try {
    await (verb === 'export' ? exportAll(client.db(), name) : importAll(client.db(), name, new Set(rest)));
  } finally {
    await client.close();
  }
}

main(process.argv.slice(2)).catch((error) => {
  // Messages of the database name values, which are people's.
  const known = error instanceof Refused || error.name === 'MongoServerSelectionError';
  console.error(`move: ${known ? error.message : `${error.name} ${error.code ?? ''}`.trim()}`);
  if (error.hint) console.error(`hint: ${error.hint}`);
  process.exit(error instanceof Refused ? error.code : 1);
});
