"""The smallest WSGI app, as the tutorials have it: `rawserve wsgiapp:app`."""


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"Hello world from a simple WSGI application!\n"]
