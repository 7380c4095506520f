#!/bin/bash
# A Lambda function that ends before it asks for an event, and says why.
/usr/bin/curl -sS --noproxy '*' -d '{"errorType":"Settings","errorMessage":"CALLERS is invalid"}' \
    "http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/init/error"
exit 1
