"""A browser that looks at pages of a board behind an HTTP API: browse.py API-URL PATH...

On standard input: the user as {"username", "password"}, who signs in before, by the page of the sign-in, or null. Prints
[status, body] for each path.
"""

import json
import sys
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session


class Form(HTMLParser):
    """The address of a page's first form, and its fields with their values."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields = None, {}
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form" and self.action is None:
            self.action = attributes["action"]
        if tag == "input" and "name" in attributes:
            self.fields[attributes["name"]] = attributes.get("value", "")


class Browser:
    """Keeps the board's cookies, and follows nothing by itself."""

    def __init__(self, board):
        self.board, self.cookies, self.session = board, {}, URLLib3Session()

    def send(self, method, url, data=None, headers=None):
        return self.session.send(AWSRequest(method, url, headers=headers, data=data).prepare())

    def get(self, path):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        answer = self.send("GET", self.board + path, headers={"Cookie": cookies} if cookies else {})
        for cookie in answer.raw.headers.getlist("set-cookie"):
            name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[name] = value
        return answer

    def sign_in(self, user):
        page = self.get("/sign-in?to=%2F").headers["location"]
        form = Form(self.send("GET", page).text)
        address = "{0.scheme}://{0.netloc}".format(urlsplit(page)) + form.action
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = self.send("POST", address, urlencode({**form.fields, **user}), headers)
        # The board's own address is one of AWS, which nothing here answers at.
        back = urlsplit(answer.headers["location"])
        return self.get(f"{back.path}?{back.query}")


def main():
    board, *paths = sys.argv[1:]
    browser, user = Browser(board), json.load(sys.stdin)
    if user is not None:
        answer = browser.sign_in(user)
        if answer.status_code != 303:
            paths = []
        answers = [[answer.status_code, answer.text]]
    else:
        answers = []
    for path in paths:
        answer = browser.get(path)
        answers.append([answer.status_code, answer.text])
    json.dump(answers, sys.stdout)


main()
