#!/bin/sh
# PostgreSQL, and beside it, at every start, the password of the day for rag_api's role. The image's entry point makes role
# and database when the folder is empty; its socket asks for no password.
statement="ALTER ROLE \"$POSTGRES_USER\" PASSWORD '$POSTGRES_PASSWORD'"
(until echo "$statement" | psql --quiet --username "$POSTGRES_USER" --dbname "$POSTGRES_DB"; do sleep 5; done) &
exec docker-entrypoint.sh postgres
