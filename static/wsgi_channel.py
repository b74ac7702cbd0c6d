"""How a worker and its server speak: frames over the pipes that were standard input and output.

An octet for the kind, four for the length (most significant first), the payload.

    to the worker                               from the worker
    R  a request (see `Handler`)                S  started: the app is imported
    C  a piece of its content, as asked for     F  it cannot be: why, on one line
    E  of its content there is no more          P  asks for a piece of the request's content
    X  its content has broken off               H  the head of the answer, as a CGI script writes it
    A  nobody wants that answer any more        C  a piece of its content
    K  the request ahead is taken back          L  lines for the log
                                                J  what the app raised (wsgi_failure.py)
                                                E  the answer is complete, the worker is free
                                                X  the app has failed, the worker is free
                                                K  the request that was taken back has not begun

A request may come while another one is under way: the one that is ahead. K takes the last one back that was sent,
if it has not begun. A says which one it means, by their number, for it may come too late. A request's content
comes only when the app asks for more than came with the request, so nothing is ever in the way of an A or a K.
The end of the server's pipe is the end of the worker. The server's side of it is
lib/handlers/gateway/wsgi_frames.ts.
"""

import collections
import os
import select
import signal
import struct

REQUEST, CONTENT, END, FAILED, ABORT, TAKEN_BACK = b"RCEXAK"
STARTED, FAILURE, PULL, HEAD, LINES = b"SFPHL"

FRAME = struct.Struct("!BI")
REQUEST_START = struct.Struct("!BI")
NUMBER_OF_REQUEST = struct.Struct("!I")
# As much as a pipe takes at once.
PIECE = 65536
# Longer texts for the log lose their beginning: the end of a traceback says most.
LOG_LIMIT = 32768


class Channel:
    """The server's end of both pipes. Only the main thread speaks here."""

    def __init__(self, source, sink):
        self.source = source
        self.sink = sink
        self.rest = b""
        # The requests that have not begun: number and payload. How many have come, and which one is under way.
        self.requests = collections.deque()
        self.count = 0
        self.number = 0
        self.is_busy = False
        self.is_broken = False
        self.poll = select.poll()
        self.poll.register(source, select.POLLIN)

    def next_request(self):
        """The payload of the request that is to be answered now. Raises EOFError where the server has gone."""
        while True:
            has_waited = bool(self.requests)
            while not self.requests:
                # What else comes is about a request that is over.
                self.receive_about_present()
            # What was sent meanwhile may take it back.
            while self.rest or (has_waited and self.has_something()):
                self.receive_about_present()
            if self.requests:
                self.number, payload = self.requests.popleft()
                return payload

    def receive_about_present(self):
        """The next frame, where it is about the request under way; None where it is about the one ahead."""
        kind, payload = self.receive()
        if kind == REQUEST:
            self.count += 1
            self.requests.append((self.count, payload))
        elif kind == TAKEN_BACK:
            # Otherwise it has begun already.
            if self.requests:
                self.requests.pop()
                self.send([frame(TAKEN_BACK)])
        else:
            return kind, payload
        return None

    def receive(self):
        """The next frame: its kind and payload. Raises EOFError where the server has gone."""
        rest = self.rest
        if len(rest) < FRAME.size:
            rest = self.read_more(rest, FRAME.size)
        kind, length = FRAME.unpack_from(rest)
        end = FRAME.size + length
        if len(rest) < end:
            rest = self.read_more(rest, end)
        self.rest = rest[end:]
        return kind, rest[FRAME.size:end]

    def read_more(self, rest, wanted):
        pieces = [rest]
        count = len(rest)
        while count < wanted:
            piece = os.read(self.source, max(PIECE, wanted - count))
            if not piece:
                raise EOFError
            pieces.append(piece)
            count += len(piece)
        return b"".join(pieces)

    def has_something(self):
        """Whether `receive` would not wait."""
        return bool(self.rest) or bool(self.poll.poll(0))

    def send(self, pieces):
        """Writes the octets, in one go where they are few."""
        try:
            if sum(map(len, pieces)) <= 4 * PIECE:
                pieces = [b"".join(pieces)]
            for piece in pieces:
                sent = os.write(self.sink, piece)
                while sent < len(piece):
                    sent += os.write(self.sink, memoryview(piece)[sent:])
        except BrokenPipeError:
            self.is_broken = True
            raise

    def leave(self):
        """In a child that the app has forked: the pipes are its parent's."""
        null = os.open(os.devnull, os.O_RDWR)
        os.dup2(null, self.source, inheritable=False)
        os.dup2(null, self.sink, inheritable=False)
        os.close(null)
        self.rest = b""
        self.requests.clear()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)


def frame(kind, payload=b""):
    return FRAME.pack(kind, len(payload)) + payload


def lines_frame(text):
    """`text` for the log."""
    return frame(LINES, text.encode("utf-8", "backslashreplace")[-LOG_LIMIT:])
