"""One GET request of an HTTP API that asks for signatures: get.py URL.

Prints [status, body] of the answer, first without a signature and then with one of the credentials in the environment.
"""

import json
import sys

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session


def get(url, sign):
    request = AWSRequest("GET", url)
    sign(request)
    answer = URLLib3Session().send(request.prepare())
    return [answer.status_code, answer.text]


def main():
    (url,) = sys.argv[1:]
    session = botocore.session.get_session()
    signer = SigV4Auth(session.get_credentials(), "execute-api", session.get_config_variable("region"))
    json.dump([get(url, lambda request: None), get(url, signer.add_auth)], sys.stdout)


main()
