"""What people do with Flask, in a few lines: `rawserve flaskapp:app`."""

import time

from flask import Flask, Response, redirect, request, session, stream_with_context

app = Flask("flaskapp")
app.secret_key = "only for tests"

FORM = '<form method="post"><input name="name"><button>Greet</button></form>'


@app.route("/hello")
def hello():
    return Response("Hello world from Flask!\n", mimetype="text/plain")


@app.route("/form", methods=["GET", "POST"])
def form():
    if request.method == "GET":
        return FORM
    session["name"] = request.form["name"]
    return redirect("/greeting")


@app.route("/greeting")
def greeting():
    return {"name": session.get("name"), "from": request.remote_addr, "url": request.url}


@app.route("/upload", methods=["POST"])
def upload():
    file = request.files["file"]
    return "%s %d" % (file.filename, len(file.read()))


@app.route("/stream")
def stream():
    def pieces():
        for i in range(3):
            yield "data: %s %d\n\n" % (request.args.get("say", "piece"), i)
            time.sleep(0.01)

    return Response(stream_with_context(pieces()), mimetype="text/event-stream")


@app.route("/error")
def error():
    raise ValueError("an error of the app")


@app.errorhandler(404)
def not_found(_):
    return "Nothing here", 404
