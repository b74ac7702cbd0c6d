"""A WSGI app with a way to fail for each path, for the page that --dev shows."""

import json
import os
import sys
import time


class Missing(Exception):
    """An error of the app's own."""


class Unsayable(Exception):
    """One that cannot say what it is."""

    __str__ = None


def throw(error):
    raise error


def find(name):
    try:
        return {"ann": "Ann"}[name]
    except KeyError as error:
        raise Missing("There is no visitor %s" % name) from error


def raise_while_handling():
    try:
        int("five")
    except ValueError:
        return [][0]


def pieces():
    yield b"begun"
    # What has not gone out yet could still become the page.
    while not os.path.exists(os.path.join(os.environ["CASES_FOLDER"], "rest")):
        time.sleep(0.01)
    raise RuntimeError("In the middle")


def late_pieces():
    raise RuntimeError("Before the first piece")
    yield b""


def recurse(depth):
    return recurse(depth + 1)


WAYS = {
    "/cause": lambda: find("<bob>"),
    "/context": raise_while_handling,
    "/library": lambda: json.loads("{"),
    "/recursion": lambda: recurse(0),
    "/unsayable": lambda: throw(Unsayable()),
    "/long": lambda: throw(ValueError("\x00\x1b\udc80x" * 200000)),
    "/exit": lambda: exit(3),
    "/text": lambda: "no octets",
    "/source": lambda: compile("if x\n", "given.py", "exec"),
    # What the worker's own namespace holds.
    "/modules": lambda: b"wsgi_failure" if "to_report" in sys._getframe(2).f_globals else b"no wsgi_failure",
}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/head":
        start_response("200 OK", [("Bad Name", "x")])
    if path in WAYS:
        result = WAYS[path]()
        start_response("200 OK", [])
        return [result]
    start_response("200 OK", [("Content-Type", "text/plain")])
    if path == "/pieces":
        return pieces()
    if path == "/late":
        return late_pieces()
    return [b"fine"]
