"""One call of an AWS service, for tests that need it seldom: call.py SERVICE OPERATION, its parameters as JSON on standard input.

Prints the answer as JSON. Names are boto3's: `call.py events put_events`. Bytes in the answer are printed as text.
"""

import json
import sys

import boto3
from botocore.config import Config

# Not all calls may come twice, and on a busy machine an answer may take its time.
ONCE = Config(read_timeout=600, retries={"total_max_attempts": 1})


def main():
    service, operation = sys.argv[1:]
    answer = getattr(boto3.client(service, config=ONCE), operation)(**json.load(sys.stdin))
    answer.pop("ResponseMetadata", None)
    json.dump(answer, sys.stdout, default=lambda value: value.read().decode() if hasattr(value, "read") else str(value))


main()
