"""A WSGI app that tells the time anew for each request: `rawserve time_server`."""

from datetime import datetime, timezone


def application(environ, start_response):
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
    return [now.encode("ascii"), b"\n"]
