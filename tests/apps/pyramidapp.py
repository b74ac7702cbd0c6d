"""What people do with Pyramid, in a few lines: `rawserve pyramidapp:app`."""

import os
import time

from pyramid.config import Configurator
from pyramid.csrf import get_csrf_token
from pyramid.httpexceptions import HTTPFound
from pyramid.response import Response
from pyramid.session import SignedCookieSessionFactory

FOLDER = os.path.dirname(os.path.abspath(__file__))


def hello(request):
    return Response("Hello world from Pyramid!\n", content_type="text/plain", charset="utf-8")


def form(request):
    if request.method == "POST":
        request.session["name"] = request.POST["name"]
        return HTTPFound("/greeting")
    return Response(
        '<form method="post"><input type="hidden" name="csrf_token" value="%s">'
        '<input name="name"><button>Greet</button></form>' % get_csrf_token(request)
    )


def greeting(request):
    return {"name": request.session.get("name"), "url": request.url}


def stream(request):
    def pieces():
        for i in range(3):
            yield b"piece %d\n" % i
            time.sleep(0.01)

    return Response(app_iter=pieces(), content_type="text/plain", charset="utf-8")


def error(request):
    raise ValueError("an error of the app")


def make_app():
    config = Configurator(session_factory=SignedCookieSessionFactory("only for tests"))
    config.set_default_csrf_options(require_csrf=True)
    for view in (hello, form, stream, error):
        config.add_route(view.__name__, "/" + view.__name__)
        config.add_view(view, route_name=view.__name__)
    config.add_route("greeting", "/greeting")
    config.add_view(greeting, route_name="greeting", renderer="json")
    config.add_static_view("static", os.path.join(FOLDER, "static"))
    return config.make_wsgi_app()


app = make_app()
