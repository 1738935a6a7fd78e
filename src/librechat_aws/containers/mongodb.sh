#!/bin/sh
# MongoDB, and beside it, at every start, LibreChat's own user with the password of the day. The image's entry point makes the
# administrator when the folder is empty.
(until mongosh --quiet --file /config/mongodb-user.js; do sleep 5; done) &
exec docker-entrypoint.sh mongod
