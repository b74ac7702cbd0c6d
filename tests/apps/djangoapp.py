"""What people do with Django, in one file: `rawserve djangoapp:app`."""

import os
import time

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import path

FOLDER = os.path.dirname(os.path.abspath(__file__))

settings.configure(
    SECRET_KEY="only for tests",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
    ],
    USE_TZ=True,
    LOGGING={
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"console": {"class": "logging.StreamHandler"}},
        "root": {"handlers": ["console"]},
    },
)


def hello(request):
    return HttpResponse("Hello world from Django!\n", content_type="text/plain")


def form(request):
    if request.method == "POST":
        return redirect("/greeting?name=" + request.POST["name"])
    return HttpResponse(
        '<form method="post"><input type="hidden" name="csrfmiddlewaretoken" value="%s">'
        '<input name="name"><button>Greet</button></form>' % get_token(request)
    )


def greeting(request):
    return JsonResponse({"name": request.GET["name"], "url": request.build_absolute_uri()})


def static(request, name):
    return FileResponse(open(os.path.join(FOLDER, "static", os.path.basename(name)), "rb"))


def stream(request):
    def pieces():
        for i in range(3):
            yield "piece %d\n" % i
            time.sleep(0.01)

    return StreamingHttpResponse(pieces(), content_type="text/plain")


def error(request):
    raise ValueError("an error of the app")


urlpatterns = [
    path("hello", hello),
    path("form", form),
    path("greeting", greeting),
    path("static/<name>", static),
    path("stream", stream),
    path("error", error),
]

django.setup()
app = get_wsgi_application()
