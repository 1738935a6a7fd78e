// Run by mongosh in MongoDB's container: makes LibreChat's user, or gives it the password that the secret holds now.
const { MONGO_INITDB_ROOT_USERNAME, MONGO_INITDB_ROOT_PASSWORD, MONGO_APP_PASSWORD } = process.env;
const user = 'librechat_app';
const rights = { pwd: MONGO_APP_PASSWORD, roles: ['readWrite', 'dbAdmin'] };
const data = db.getSiblingDB('LibreChat');
db.getSiblingDB('admin').auth(MONGO_INITDB_ROOT_USERNAME, MONGO_INITDB_ROOT_PASSWORD);
if (data.getUser(user)) data.updateUser(user, rights);
else data.createUser({ user, ...rights });
