# The first start makes the cluster with POSTGRES_PASSWORD, and the database POSTGRES_DB in it.
set -eu

if [ ! -e "$PGDATA/PG_VERSION" ]; then
    mkdir -p "$PGDATA"
    unfinished=$(mktemp -d "$PGDATA.XXXXXX")
    echo "$POSTGRES_PASSWORD" >"$unfinished.password"
    initdb --pgdata="$unfinished" --username=postgres --pwfile="$unfinished.password" --auth=scram-sha-256 \
        --encoding=UTF8 --locale=C.UTF-8 --no-instructions
    rm "$unfinished.password"
    echo "CREATE DATABASE \"${POSTGRES_DB:-postgres}\";" | postgres --single -D "$unfinished" postgres >/dev/null
    echo "host all all all scram-sha-256" >>"$unfinished/pg_hba.conf"
    rmdir "$PGDATA"
    mv "$unfinished" "$PGDATA"
fi
exec "$@" -c listen_addresses='*' -c unix_socket_directories=/tmp
