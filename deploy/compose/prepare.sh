#!/bin/sh
# Makes what the compose file refers to and no image or repository may hold: keys, tokens, passwords, a certificate
# for trying it out. Never replaces any of them. Run it once, before the first start.
set -eu
umask 077
cd "$(dirname "$0")"
mkdir -p secrets
host="${COUNTERSIGN_PUBLIC_HOST:-countersign.localhost:8443}"
# whoever runs this owns the secrets, and the containers run as them; never as root
user="${COUNTERSIGN_USER:-$([ "$(id -u)" -eq 0 ] && echo 10001:10001 || echo "$(id -u):$(id -g)")}"
image="${COUNTERSIGN_IMAGE:-countersign:0.1.0}"
countersign() {
  ${COUNTERSIGN:-docker run --rm --network none --read-only --cap-drop ALL --user "$user"
    --volume "$PWD:/run/secrets" --workdir /run/secrets "$image"} "$@"
}
random() { head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n'; }
once() { [ -e "secrets/$1" ] || { cat > "secrets/$1.new" && mv "secrets/$1.new" "secrets/$1"; }; }

random | once database_password
printf 'postgres://countersign:%s@postgres:5432/countersign' "$(cat secrets/database_password)" | once database_url
printf 'csk_%s' "$(random)" | once web_bot
for person in anna bruno; do printf 'csp_%s' "$(random)" | once "$person"; done

[ -e secrets/tls_certificate ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 90 -subj "/CN=${host%:*}" \
  -addext "subjectAltName=DNS:${host%:*}" -keyout secrets/tls_key -out secrets/tls_certificate 2> /dev/null

[ -e secrets/keys ] || (cd secrets && countersign keys init keys)

[ "$(id -u)" -ne 0 ] || chown -R "$user" secrets
printf 'COUNTERSIGN_USER=%s\nCOUNTERSIGN_IMAGE=%s\nCOUNTERSIGN_PUBLIC_HOST=%s\nCOUNTERSIGN_PUBLIC_URL=https://%s\n' \
  "$user" "$image" "$host" "$host" > .env
echo "ready: docker compose --file deploy/compose/compose.yaml up --detach --wait"
