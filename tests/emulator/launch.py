"""Starts the emulator so that Switchboard's delivery streams work there.

Its Firehose waits for the transforming function on the one thread that answers requests, so that the function's own
requests would wait for ever. Here the function runs beside it.
"""

import asyncio
import contextvars
import functools
import threading

from ministack.app import main
from ministack.services import firehose


def deliver(stream, destination, records):
    """In place of firehose._deliver_records_to_s3."""
    loop, context = asyncio.get_running_loop(), contextvars.copy_context()

    def transform():
        keys = {}
        apply = functools.partial(firehose._apply_lambda_processors, stream, destination, records, partition_sink=keys)
        for record_id, payload in context.run(lambda: list(apply())):
            write = functools.partial(firehose._deliver_to_s3, stream, destination, payload, keys.get(record_id))
            loop.call_soon_threadsafe(context.run, write)

    threading.Thread(target=transform, daemon=True).start()


firehose._deliver_records_to_s3 = deliver

if __name__ == "__main__":
    main()
