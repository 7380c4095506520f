"""One call of an AWS service, for tests that need it seldom: call.py SERVICE OPERATION, its parameters as JSON on standard input.

Prints the answer as JSON. Names are boto3's: `call.py events put_events`. Bytes in the answer are printed as text.
"""

import json
import sys

import boto3


def main():
    service, operation = sys.argv[1:]
    answer = getattr(boto3.client(service), operation)(**json.load(sys.stdin))
    answer.pop("ResponseMetadata", None)
    json.dump(answer, sys.stdout, default=lambda value: value.read().decode() if hasattr(value, "read") else str(value))


main()
