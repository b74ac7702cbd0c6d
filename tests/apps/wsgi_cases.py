"""A WSGI app for the tests: each path is a case. What a case prints, the test waits for."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from wsgiref.validate import validator

TEXT = [("Content-Type", "text/plain")]
CASES = {}
# Where tests put files that cases wait for.
FOLDER = os.environ.get("CASES_FOLDER", "/nonexistent")


def case(function):
    CASES["/" + function.__name__] = function
    return function


def app(environ, start_response):
    function = CASES.get(environ["PATH_INFO"])
    if function is None:
        start_response("404 Not Found", TEXT)
        return [b"no such case"]
    return function(environ, start_response)


validated = validator(app)


def make_app(greeting="none", suffix=""):
    def made(environ, start_response):
        start_response("200 OK", TEXT)
        return [(greeting + suffix).encode()]

    return made


class Holder:
    inner = staticmethod(app)


holder = Holder()
no_app = "a text"


def wait_for(name):
    print("waiting for", name)
    while not os.path.exists(os.path.join(FOLDER, name)):
        time.sleep(0.005)


class Pieces:
    """An iterable that says when it is closed."""

    def __init__(self, name, pieces):
        self.name = name
        self.pieces = iter(pieces)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.pieces)

    def close(self):
        print("closed", self.name)


@case
def hello(environ, start_response):
    start_response("200 OK", TEXT)
    return [b"hello"]


@case
def environment(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=utf-8")])
    return ["".join("%s=%r\n" % item for item in sorted(environ.items())).encode()]


@case
def process(environ, start_response):
    start_response("200 OK", TEXT)
    said = [os.getpid(), os.getcwd(), sys.path[0], sys.argv, sorted(os.environ), sys.version_info[:2]]
    return ["\n".join(map(str, said)).encode()]


# Content of requests.


@case
def read(environ, start_response):
    content = environ["wsgi.input"].read(-1)
    start_response("200 OK", TEXT)
    return [b"%d %d %s" % (len(content), sum(content), environ.get("CONTENT_LENGTH", "-").encode())]


@case
def echo(environ, start_response):
    start_response("200 OK", TEXT)
    return iter(lambda: environ["wsgi.input"].read(1000), b"")


@case
def lines(environ, start_response):
    source = environ["wsgi.input"]
    said = [source.readline(-1), source.readline(3), source.readlines(1), source.read(2), list(source)]
    said += [source.read(5), source.readline(), source.readlines()]
    start_response("200 OK", TEXT)
    return [repr(said).encode()]


@case
def refuse(environ, start_response):
    start_response("403 Forbidden", TEXT)
    return [b"not read"]


@case
def late_read(environ, start_response):
    source = environ["wsgi.input"]

    def pieces():
        yield b"first"
        yield source.read(5)

    start_response("200 OK", TEXT)
    return pieces()


@case
def keep_input(environ, start_response):
    keep_input.source, before = environ["wsgi.input"], getattr(keep_input, "source", None)
    start_response("200 OK", TEXT)
    try:
        return [repr(before and before.read(1)).encode()]
    except ValueError as error:
        return [str(error).encode()]


@case
def caught_read(environ, start_response):
    try:
        environ["wsgi.input"].read(-1)
    except ConnectionError as error:
        print("caught", type(error).__name__, error)
        raise
    start_response("200 OK", TEXT)
    return []


# Answers.


@case
def pieces(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        yield b"one "
        wait_for("two")
        yield b"two "
        yield b""
        yield b"three"

    return Pieces("pieces", made())


@case
def empty_first(environ, start_response):
    def made():
        yield b""
        start_response("201 Created", TEXT)
        yield b""
        yield b"late"

    return made()


@case
def empty(environ, start_response):
    start_response("200 OK", TEXT)
    return Pieces("empty", [])


@case
def big(environ, start_response):
    start_response("200 OK", TEXT)
    return [bytes(1 << 20) for _ in range(20)]


@case
def big_piece(environ, start_response):
    start_response("200 OK", TEXT)
    return iter([b"x" * 3000000])


@case
def long_list(environ, start_response):
    start_response("200 OK", TEXT)
    return tuple(b"%d," % i for i in range(1000))


@case
def endless(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        while True:
            yield bytes(1000)

    return Pieces("endless", made())


@case
def ticking(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        while True:
            yield b"tick"
            time.sleep(0.005)

    return Pieces("ticking", made())


@case
def write(environ, start_response):
    write = start_response("200 OK", TEXT)
    write(b"written, ")
    wait_for("written")
    write(b"again, ")
    return [b"returned"]


@case
def write_for_ever(environ, start_response):
    write = start_response("200 OK", TEXT)
    try:
        while True:
            write(b"tick")
            time.sleep(0.005)
    except ConnectionError as error:
        print("write raised", type(error).__name__)
        raise


@case
def file(environ, start_response):
    start_response("200 OK", TEXT)
    source = open(os.path.join(FOLDER, "file"), "rb")
    source.seek(5)

    class Source:
        read = source.read

        @staticmethod
        def close():
            source.close()
            print("closed file")

    return environ["wsgi.file_wrapper"](Source(), 4096)


@case
def file_part(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", "4")])
    return environ["wsgi.file_wrapper"](open(os.path.join(FOLDER, "file"), "rb"))


@case
def length(environ, start_response):
    """?promised=4&pieces=ab,cd: so many octets promised, such pieces given; `!` waits."""
    query = dict(pair.split("=") for pair in environ["QUERY_STRING"].split("&"))
    start_response("200 OK", TEXT + [("Content-Length", query["promised"])])

    def made():
        for piece in query["pieces"].split(","):
            if piece == "!":
                wait_for("length")
            else:
                yield piece.encode()

    return Pieces("length", made())


@case
def head(environ, start_response):
    """?a response head, in Python."""
    from urllib.parse import unquote

    start_response(*eval(unquote(environ["QUERY_STRING"])))
    return [b"content"]


@case
def no_content(environ, start_response):
    start_response("204 No Content", [])
    return []


@case
def fields(environ, start_response):
    start_response("299 Odd", [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("Content-Type", "text/plain"),
        ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
        ("X-Latin", "caf\xe9"),
        ("Location", "/elsewhere"),
    ])
    return [b"odd"]


# What goes wrong.


@case
def raise_first(environ, start_response):
    raise KeyError("raised first")


@case
def raise_before_content(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        raise KeyError("raised before content")
        yield b""

    return Pieces("raise_before_content", made())


@case
def raise_later(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        yield b"content"
        wait_for("raise")
        raise KeyError("raised later")

    return Pieces("raise_later", made())


@case
def raise_in_close(environ, start_response):
    start_response("200 OK", TEXT)

    class Raising(Pieces):
        def close(self):
            raise KeyError("raised in close")

    return Raising("", [b"whole"])


@case
def exc_info_before(environ, start_response):
    start_response("200 OK", TEXT)
    try:
        raise KeyError("handled")
    except KeyError:
        start_response("500 Oops", TEXT + [("X-Error", "yes")], sys.exc_info())
    return [b"an error page"]


@case
def exc_info_after(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        yield b"content"
        wait_for("exc_info")
        try:
            raise KeyError("too late")
        except KeyError:
            start_response("500 Oops", TEXT, sys.exc_info())
        yield b"never"

    return made()


@case
def start_twice(environ, start_response):
    start_response("200 OK", TEXT)
    start_response("200 OK", TEXT)
    return [b""]


@case
def mended_head(environ, start_response):
    try:
        start_response("200 OK", [("X", "a\r\nY: b")])
    except ValueError:
        start_response("500 Mended", TEXT)
    return [b"mended"]


@case
def no_start(environ, start_response):
    return [b"content"]


@case
def no_start_no_content(environ, start_response):
    return []


@case
def text_content(environ, start_response):
    start_response("200 OK", TEXT)
    return ["text"]


@case
def nothing(environ, start_response):
    start_response("200 OK", TEXT)


@case
def sys_exit(environ, start_response):
    sys.exit("exited")


@case
def die(environ, start_response):
    os._exit(3)


@case
def die_later(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        yield b"content"
        wait_for("die")
        os._exit(3)

    return made()


@case
def die_after(environ, start_response):
    start_response("200 OK", TEXT)

    class Dying(Pieces):
        def close(self):
            os._exit(4)

    return Dying("", [b"whole"])


@case
def crash(environ, start_response):
    import ctypes

    ctypes.string_at(0)


@case
def hang(environ, start_response):
    time.sleep(1000)


@case
def hang_later(environ, start_response):
    start_response("200 OK", TEXT)

    def made():
        yield b"content"
        time.sleep(1000)

    return made()


@case
def hang_in_close(environ, start_response):
    start_response("200 OK", TEXT + [("Content-Length", "5")])

    class Hanging(Pieces):
        def close(self):
            time.sleep(1000)

    return Hanging("", [b"whole"])


@case
def deaf(environ, start_response):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    print("deaf now")
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass


@case
def wait(environ, start_response):
    name = environ["QUERY_STRING"]
    wait_for(name)
    start_response("200 OK", TEXT)
    return [name.encode()]


@case
def terminated(environ, start_response):
    try:
        wait_for("never")
    finally:
        print("cleaned up")


# What it prints, and starts.


@case
def speak(environ, start_response):
    print("printed \u2603")
    os.write(1, b"written to 1\n")
    environ["wsgi.errors"].write("to errors\n")
    environ["wsgi.errors"].writelines(["two ", "parts\n"])
    environ["wsgi.errors"].flush()
    subprocess.run(["/bin/sh", "-c", "echo from a child; cat"], check=True)
    print("x" * 20000)
    start_response("200 OK", TEXT)
    return [b"spoken"]


@case
def fork(environ, start_response):
    child = os.fork()
    if child == 0:
        start_response("200 OK", TEXT)
        return [b"from the child"]
    os.waitpid(child, 0)
    start_response("200 OK", TEXT)
    return [b"from the parent"]


@case
def fork_later(environ, start_response):
    """Forks when whatever the server has sent by then has been read."""
    start_response("200 OK", TEXT)

    def made():
        yield b"first "
        wait_for("fork")
        yield b"second "
        child = os.fork()
        if child != 0:
            os.waitpid(child, 0)
            yield b"last"

    return made()


@case
def leave_child(environ, start_response):
    """A process that goes on after its worker, with all that it inherits."""
    child = subprocess.Popen(["/bin/sleep", "1000"])
    start_response("200 OK", TEXT)
    return [b"%d" % child.pid]


@case
def threads(environ, start_response):
    said = []
    thread = threading.Thread(target=lambda: said.append(b"from a thread"))
    thread.start()
    thread.join()
    start_response("200 OK", TEXT)
    return said


@case
def cookies(environ, start_response):
    start_response("200 OK", TEXT)
    return [re.sub(r"[^ -~]", "?", environ.get("HTTP_COOKIE", "")).encode()]
