// Before LibreChat starts: if the search index is empty, forget which messages it is said to hold. LibreChat compares
// the marks in its database only, and would never fill an index that was lost. Nothing here keeps it from starting.
const { createRequire } = require('module');

const COLLECTIONS = { messages: 'messages', convos: 'conversations' };

async function isEmpty(index) {
  const headers = { Authorization: 'Bearer ' + process.env.MEILI_MASTER_KEY };
  const answer = await fetch(process.env.MEILI_HOST + '/indexes/' + index + '/stats', { headers });
  if (answer.status === 404) return true;
  if (!answer.ok) throw new Error('Meilisearch answers ' + answer.status);
  return (await answer.json()).numberOfDocuments === 0;
}

async function refill() {
  const mongoose = createRequire(process.env.LIBRECHAT_PACKAGE || '/app/api/package.json')('mongoose');
  const client = await new mongoose.mongo.MongoClient(process.env.MONGO_URI).connect();
  try {
    for (const [index, collection] of Object.entries(COLLECTIONS)) {
      if (!(await isEmpty(index))) continue;
      const done = await client.db().collection(collection).updateMany({ _meiliIndex: true }, { $set: { _meiliIndex: false } });
      console.log('search index ' + index + ' is empty: ' + done.modifiedCount + ' marks removed');
    }
  } finally {
    await client.close();
  }
}

refill().catch((error) => console.error('search index not looked at: ' + error.name + ': ' + error.message));
