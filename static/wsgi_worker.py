"""What runs in a worker process: one WSGI app, one request after the other (PEP 3333).

The server starts it by `python3 -c` and sends it these three files, which share one namespace:
wsgi_channel.py, wsgi_loader.py and this one; in development wsgi_failure.py comes before it. Nothing of it
is ever written to a disk.

Threads are the app's own business: requests are answered in the main thread alone, and only that speaks to
the server. What the app prints goes where errors go. A client that leaves is noticed between two pieces of
the answer.

For Python 3.8 and later, from the standard library alone; Linux, macOS and the like.
"""

import faulthandler
import io
import os
import re
import select
import signal
import sys
import threading
import time
from wsgiref.handlers import BaseHandler
from wsgiref.util import FileWrapper, is_hop_by_hop

# How long a worker may go on after its server has gone, in seconds.
AFTERLIFE = 10

TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
NO_VALUE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]|[^\x00-\xff]")
NUMBER = re.compile(r"[0-9]{1,15}")
STATUS = re.compile(r"[0-9]{3} [ -~]*")
# Names of fields that have been looked at and are good, in the app's spelling, and their lower case.
KNOWN_NAMES = {}
KNOWN_NAMES_LIMIT = 1000


class Stop(SystemExit):
    """SIGTERM: the server's grace is over."""


class Content(io.RawIOBase):
    """The request's content where it did not come with the request as a whole."""

    def __init__(self, channel, first):
        self.channel = channel
        self.pending = memoryview(first)
        self.is_ended = False
        self.has_failed = False
        self.is_over = False

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self.pending and not self.is_ended:
            self.fetch()
        count = min(len(buffer), len(self.pending))
        buffer[:count] = self.pending[:count]
        self.pending = self.pending[count:]
        return count

    def fetch(self):
        if self.is_over:
            raise ValueError("Cannot read content: its request is over")
        if not self.has_failed:
            self.channel.send([frame(PULL)])
            answer = None
            while answer is None:
                answer = self.channel.receive_about_present()
            kind, payload = answer
            if kind == CONTENT:
                self.pending = memoryview(payload)
                return
            if kind == END:
                self.is_ended = True
                return
            self.has_failed = True
        raise ConnectionAbortedError("The client has left before its content was complete")


class Handler(BaseHandler):
    """One request and its answer.

    The request's payload is an octet (1 where more content is to be asked for), the length of the variables,
    the variables (name, NUL, value, NUL, name ...) and what there is of the content.
    """

    wsgi_multithread = False
    wsgi_multiprocess = False
    wsgi_file_wrapper = FileWrapper
    origin_server = False

    # The head as text, once the app has given it.
    head = ""
    # Octets in all that the app returned, where that is known; octets that its head still allows.
    total = None
    left = None
    # Whether the answer can wait until it is complete.
    is_whole = False
    is_unwanted = False
    is_excess_told = False

    def __init__(self, channel, payload):
        self.channel = channel
        is_open, length = REQUEST_START.unpack_from(payload)
        start = REQUEST_START.size
        words = iter(payload[start:start + length].decode("latin-1").split("\0"))
        self.environ = dict(zip(words, words))
        first = payload[start + length:]
        self.content = Content(channel, first) if is_open else None
        self.stdin = io.BufferedReader(self.content, PIECE) if is_open else io.BytesIO(first)
        self.is_head = self.environ["REQUEST_METHOD"] == "HEAD"
        self.out = []

    def run(self, application):
        is_complete = False
        try:
            self.setup_environ()
            self.result = application(self.environ, self.start_response)
            self.finish_response()
            is_complete = True
        except Stop:
            raise
        except BaseException as error:
            if not self.is_nobodys_fault():
                self.log(describe(error))
                self.out += reports(error)
        finally:
            self.close_result()
        if not self.channel.is_broken:
            self.out.append(frame(END if is_complete else FAILED))
            # From here on the server may close the pipe.
            self.channel.is_busy = False
            self.flush()

    def is_nobodys_fault(self):
        failed = self.content is not None and self.content.has_failed
        return self.is_unwanted or failed or self.channel.is_broken

    def close_result(self):
        try:
            self.close()
        except Stop:
            raise
        except BaseException as error:
            self.log(describe(error))
        finally:
            if self.content is not None:
                self.content.is_over = True

    def setup_environ(self):
        self.environ.update({
            "wsgi.version": self.wsgi_version,
            "wsgi.url_scheme": self.environ["REQUEST_SCHEME"],
            "wsgi.input": self.stdin,
            "wsgi.input_terminated": True,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": self.wsgi_multithread,
            "wsgi.multiprocess": self.wsgi_multiprocess,
            "wsgi.run_once": self.wsgi_run_once,
            "wsgi.file_wrapper": self.wsgi_file_wrapper,
        })

    def start_response(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.headers_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self.headers is not None:
            raise AssertionError("start_response was called before: headers are already set")
        self.headers = None
        self.head, self.left = to_head(status, headers) or self.check_head(status, headers)
        self.headers = headers
        return self.write

    def check_head(self, status, headers):
        """The same for a head that is not a usual one; raises what the app has to hear of it."""
        try:
            # The list is the app's own, which may use it again.
            super().start_response(status, headers[:] if type(headers) is list else headers)
            # What is wrong shall be told to the app, and also where Python runs without assertions.
            check_head(status, headers)
        finally:
            self.headers = self.status = None
        text = "Status: " + status + "\r\n"
        length = None
        for name, value in headers:
            key = name.lower()
            if len(KNOWN_NAMES) < KNOWN_NAMES_LIMIT:
                KNOWN_NAMES[name] = key
            if key == "content-length":
                length = int(value)
            text += name + ": " + value + "\r\n"
        return text, length

    def finish_response(self):
        result = self.result
        if type(result) in (list, tuple):
            self.total = sum(map(len, result))
            self.is_whole = self.total <= PIECE
            if self.is_whole and len(result) > 1:
                result = [b"".join(result)]
        elif isinstance(result, FileWrapper):
            result.blksize = max(result.blksize, PIECE)
        for data in result:
            # The head goes out with the first octet of content and not before (PEP 3333).
            if type(data) is bytes and not data:
                continue
            if self.headers_sent and self.has_client_left():
                return
            self.put(data)
            if self.is_head or self.is_excess_told:
                return
        if not self.headers_sent:
            self.total = self.total or 0
            self.send_headers()

    def write(self, data):
        """What start_response returns."""
        if self.headers_sent and self.has_client_left():
            raise ConnectionAbortedError("The client has left")
        self.put(data)

    def put(self, data):
        if type(data) is not bytes:
            raise TypeError("A WSGI app gives bytes, and this one gave " + type(data).__name__)
        if not self.headers_sent:
            self.send_headers()
        if self.left is not None:
            if len(data) > self.left and not self.is_head:
                self.tell_excess()
                data = data[:self.left]
            self.left -= len(data)
        if data and not self.is_head:
            self.out += [FRAME.pack(CONTENT, len(data)), data]
        if not self.is_whole:
            self.flush()

    def tell_excess(self):
        if not self.is_excess_told:
            self.is_excess_told = True
            self.log("The app gave more content than its Content-Length: the rest is left out")

    def send_headers(self):
        if self.headers is None:
            raise AssertionError("The app has not called start_response")
        # Of an answer to HEAD nobody knows how long it would have been, unless the app gives all of it.
        if self.left is None and (self.total or (self.total == 0 and not self.is_head)):
            self.left = self.total
            self.head += "Content-Length: %d\r\n" % self.total
        head = (self.head + "\r\n").encode("latin-1")
        self.out += [FRAME.pack(HEAD, len(head)), head]
        self.headers_sent = True

    def has_client_left(self):
        try:
            while not self.is_unwanted and self.channel.has_something():
                received = self.channel.receive_about_present()
                if received is not None and received[0] == ABORT:
                    self.is_unwanted = NUMBER_OF_REQUEST.unpack(received[1])[0] == self.channel.number
        except EOFError:
            self.is_unwanted = True
        return self.is_unwanted

    def flush(self):
        out = self.out
        self.out = []
        self.channel.send(out)

    def log(self, text):
        self.out.append(lines_frame(text))

    # What else a BaseHandler must have; nothing here calls them.
    def get_stdin(self):
        return self.stdin

    def get_stderr(self):
        return sys.stderr


def to_head(status, headers):
    """The head as text and its Content-Length, where both are as usual; None where somebody has to look closer."""
    if type(status) is not str or type(headers) is not list or not STATUS.fullmatch(status):
        return None
    text = "Status: " + status + "\r\n"
    length = None
    for name, value in headers:
        key = KNOWN_NAMES.get(name)
        if key is None or type(value) is not str or not (value.isascii() and value.isprintable()):
            return None
        if key == "content-length":
            if length is not None or not NUMBER.fullmatch(value):
                return None
            length = int(value)
        text += name + ": " + value + "\r\n"
    return text, length


def check_head(status, headers):
    """Raises ValueError for what would be no head, or more than one, or not the app's to say."""
    if NO_VALUE.search(status):
        raise ValueError("No status can hold such characters: %r" % status)
    lengths = 0
    for name, value in headers:
        key = name.lower()
        if not TOKEN.fullmatch(name):
            raise ValueError("No field can have the name %r" % name)
        if NO_VALUE.search(value):
            raise ValueError("%s cannot hold such characters: %r" % (name, value))
        if is_hop_by_hop(key) or key == "status":
            raise ValueError("%s is not the app's to set (PEP 3333)" % name)
        if key == "content-length":
            lengths += 1
            if lengths > 1 or not NUMBER.fullmatch(value):
                raise ValueError("Content-Length is no number of octets: %r" % value)


def watch(channel):
    """Ends a worker whose server has gone without a word; runs in a thread of its own."""
    poll = select.poll()
    # The end of a pipe is told in any case; what is written into it wakes nobody here.
    poll.register(channel.source, 0)
    poll.poll()
    if channel.is_busy:
        signal.pthread_kill(threading.main_thread().ident, signal.SIGTERM)
    time.sleep(AFTERLIFE)
    os._exit(1)


def stop(number, _frame):
    raise Stop(128 + number)


def open_channel():
    """Takes the pipes away from standard input and output, so that nothing the app prints gets there."""
    channel = Channel(os.dup(0), os.dup(1))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.dup2(2, 1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(line_buffering=True, errors="backslashreplace")
    os.register_at_fork(after_in_child=channel.leave)
    return channel


def main(spec, multiprocess):
    channel = open_channel()
    faulthandler.enable(all_threads=False)
    signal.signal(signal.SIGTERM, stop)
    # At a terminal the server gets it too, and says when it is time.
    signal.signal(signal.SIGINT, lambda number, frame: None)
    sys.argv[:] = [spec]
    sys.path.insert(0, os.getcwd())
    Handler.wsgi_multiprocess = multiprocess
    try:
        application = load(spec)
    except Stop:
        raise
    except BaseException as error:
        frames = [frame(FAILURE, explain(error).encode("utf-8", "backslashreplace"))]
        if not isinstance(error, LoadError):
            frames[:0] = [lines_frame(describe(error))] + reports(error)
        channel.send(frames)
        return
    threading.Thread(target=watch, args=(channel,), daemon=True).start()
    channel.send([frame(STARTED)])
    serve(channel, application)


def serve(channel, application):
    try:
        while True:
            payload = channel.next_request()
            channel.is_busy = True
            Handler(channel, payload).run(application)
    except (EOFError, BrokenPipeError):
        pass


main(sys.argv[1], sys.argv[2] == "multiprocess")
