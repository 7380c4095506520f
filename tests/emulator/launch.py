"""Starts the emulator so that Switchboard's delivery streams and secrets work there.

Its Firehose waits for the transforming function on the one thread that answers requests, so that the function's own
requests would wait for ever. Here the function runs beside it.

A template's `Ref` to a secret is the secret's name there. On AWS, and here, it is its ARN, which policies name.

It makes the log group of a function that logs and has none, also when the function ends after both were deleted. The roles
of the functions permit no such thing.
"""

import asyncio
import contextvars
import functools
import threading

from ministack.app import main
from ministack.services import cloudwatch_logs, firehose, lambda_svc, secretsmanager
from ministack.services.cloudformation import provisioners


deliver_at_once = firehose._deliver_records_to_s3


def deliver(stream, destination, records):
    """In place of firehose._deliver_records_to_s3."""
    try:
        loop, context = asyncio.get_running_loop(), contextvars.copy_context()
    except RuntimeError:
        # What was put by a request is delivered on a thread of its own already.
        return deliver_at_once(stream, destination, records)

    def transform():
        keys = {}
        apply = functools.partial(firehose._apply_lambda_processors, stream, destination, records, partition_sink=keys)
        for record_id, payload in context.run(lambda: list(apply())):
            write = functools.partial(firehose._deliver_to_s3, stream, destination, payload, keys.get(record_id))
            loop.call_soon_threadsafe(context.run, write)

    threading.Thread(target=transform, daemon=True).start()


firehose._deliver_records_to_s3 = deliver

emit_logs = lambda_svc._emit_lambda_logs


def emit_into_what_is_there(function, *arguments, **more):
    config = function.get("config") or function
    group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
    if group in cloudwatch_logs._log_groups:
        emit_logs(function, *arguments, **more)


lambda_svc._emit_lambda_logs = emit_into_what_is_there

SECRETS = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
create_secret, update_secret, delete_secret = SECRETS["create"], SECRETS["update"], SECRETS["delete"]


def name_of(arn):
    return next((name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == arn), arn)


def create(*arguments, **more):
    _, attributes = create_secret(*arguments, **more)
    return attributes["Arn"], attributes


def update(arn, *arguments, **more):
    _, *rest = update_secret(name_of(arn), *arguments, **more)
    return arn, *rest


def delete(arn, *arguments, **more):
    return delete_secret(name_of(arn), *arguments, **more)


SECRETS.update(create=create, update=update, delete=delete)

if __name__ == "__main__":
    main()
