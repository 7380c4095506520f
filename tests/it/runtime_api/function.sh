#!/bin/bash
# A Lambda function for the tests of the Runtime API. The event says what to do. WORK is a folder of its own.
set -eu
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime
echo "started with $GREETING, HOME=${HOME-unset}"
while :; do
    event=$(/usr/bin/curl -sS --noproxy '*' -D "$WORK/headers" "$api/invocation/next")
    id=$(/usr/bin/sed -n 's/^lambda-runtime-aws-request-id: //p' "$WORK/headers" | /usr/bin/tr -d '\r')
    case $event in
        headers) /usr/bin/tr -d '\r' <"$WORK/headers" | /usr/bin/sort >"$WORK/body" ;;
        sleep) exec /usr/bin/sleep 60 ;;
        exit) exit 3 ;;
        large) /usr/bin/head -c 6291557 /dev/zero >"$WORK/body" ;;
        *) printf '%s' "$event" >"$WORK/body" ;;
    esac
    kind=response
    [ "$event" != '{"errorType":"Bad","errorMessage":"no"}' ] || kind=error
    status=$(/usr/bin/curl -sS --noproxy '*' -o /dev/null -w '%{http_code}' --data-binary "@$WORK/body" \
        "$api/invocation/$id/$kind")
    echo "answered, status $status" >&2
done
