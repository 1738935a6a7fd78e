// Copies objects of one bucket to files: FETCH_FILES is "key=path key=path". Runs as root in LibreChat's image, so
// that the application, which does not, can read what it must not change. The SDK is the one LibreChat ships.
const fs = require('fs');
const { createRequire } = require('module');
const { S3Client, GetObjectCommand } = createRequire('/app/api/package.json')('@aws-sdk/client-s3');

async function fetchAll() {
  const s3 = new S3Client({ maxAttempts: 8 });
  for (const pair of process.env.FETCH_FILES.split(' ')) {
    const [key, path] = pair.split('=');
    const object = await s3.send(new GetObjectCommand({ Bucket: process.env.FETCH_BUCKET, Key: key }));
    fs.writeFileSync(path, await object.Body.transformToString(), { mode: 0o644 });
    console.log('fetched ' + path);
  }
}

fetchAll().catch((error) => {
  console.error('cannot fetch configuration: ' + error.name + ': ' + error.message);
  process.exit(1);
});
