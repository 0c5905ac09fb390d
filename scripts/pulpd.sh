# To be sourced: starts and stops a pulpd. Expects programs, PULP_DATA_DIR, PULP_API_LISTEN and PULP_CONTENT_LISTEN.

start_pulpd() {
    "$programs/pulpd" &
    pulpd=$!
    for _ in $(seq 600); do
        if curl -sf -o /dev/null "http://$PULP_API_LISTEN/pulp/api/v3/livez/"; then return; fi
        if ! kill -0 "$pulpd" 2>/dev/null; then
            echo "pulpd ended before it answered" >&2
            return 1
        fi
        sleep 0.1
    done
    echo "pulpd does not answer on $PULP_API_LISTEN" >&2
    return 1
}

# Waits for what is running; the second signal of an impatient user reaches pulpd by itself.
stop_pulpd() {
    [ -n "${pulpd:-}" ] || return 0
    kill -TERM "$pulpd" 2>/dev/null || true
    wait "$pulpd" || true
    pulpd=
}

# file_url PATH: PATH as a file:// URL.
file_url() {
    local LC_ALL=C path=$1 url=file:// character
    while [ -n "$path" ]; do
        character=${path:0:1}
        path=${path:1}
        case $character in
            [a-zA-Z0-9/._~-]) url+=$character ;;
            *) url+=$(printf '%%%02X' "'$character") ;;
        esac
    done
    printf '%s' "$url"
}
