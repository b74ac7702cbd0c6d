"""Tells the server of an exception as JSON; loaded in development only, behind wsgi_loader.py.

{"runtime": "Python 3.12.1", "errors": [{"relation": ..., "type": ..., "message": ..., "frames": [
    {"file": ..., "line": 1, "column": 1, "function": ..., "isOwn": true, "source": [[1, "import this"]]}]}]}

What the words mean, and the limits, stand in lib/handlers/dev/app_failure.ts, and lib/handlers/dev/python_failure.ts
reads it. The innermost call comes first. The traceback goes to the log as ever.
"""

import itertools
import json
import linecache
import os
import platform
import sys
import sysconfig
import traceback

# The kind of the frame; it comes before the one that says that the app, or its import, has failed.
REPORT = ord("J")
# The server takes no frame that is longer than 262,144 octets.
REPORT_LIMIT = 250000
ERROR_LIMIT = 8
FRAME_LIMIT = 60
MESSAGE_LIMIT = 20000
NAME_LIMIT = 1000
LINES_AROUND = 4
LINE_LIMIT = 300

STANDARD_LIBRARY = tuple({
    os.path.join(os.path.realpath(sysconfig.get_path(name)), "") for name in ("stdlib", "platstdlib")
})
PACKAGES = (os.sep + "site-packages" + os.sep, os.sep + "dist-packages" + os.sep)


load_as_ever = load


def load(spec):
    """The app, whose framework lets go of what the app raises."""
    found = load_as_ever(spec)
    settings = getattr(sys.modules.get("django.conf"), "settings", None)
    # Django shows a page of its own with DEBUG, and else a bare one. Flask is told by FLASK_DEBUG.
    if settings is not None and settings.configured and not settings.DEBUG:
        settings.DEBUG_PROPAGATE_EXCEPTIONS = True
    return found


def reports(error):
    """The frames that tell the server of `error`; none where that fails, too: the log has its traceback."""
    try:
        return [frame(REPORT, to_report(error))]
    except Exception:
        traceback.print_exc()
        return []


def to_report(error):
    errors = []
    follow(error, "thrown", errors, set())
    report = {"runtime": "Python " + platform.python_version(), "errors": errors}
    octets = json.dumps(report).encode("ascii")
    # What can be done without goes first.
    for cut in (cut_foreign_sources, cut_sources, cut_frames, cut_messages):
        if len(octets) <= REPORT_LIMIT:
            break
        for each in errors:
            cut(each)
        octets = json.dumps(report).encode("ascii")
    return octets


def cut_foreign_sources(told):
    for each in told["frames"]:
        if not each["isOwn"]:
            each["source"] = []


def cut_sources(told):
    for each in told["frames"]:
        each["source"] = []


def cut_frames(told):
    told["frames"] = told["frames"][:3]


def cut_messages(told):
    told["message"] = told["message"][:LINE_LIMIT]


def follow(error, relation, errors, seen):
    if id(error) in seen or len(errors) >= ERROR_LIMIT:
        return
    seen.add(id(error))
    errors.append(tell(error, relation))
    # Those of an exception group.
    members = getattr(error, "exceptions", ())
    if isinstance(members, tuple):
        for member in members:
            if isinstance(member, BaseException):
                follow(member, "member", errors, seen)
    if error.__cause__ is not None:
        follow(error.__cause__, "cause", errors, seen)
    elif error.__context__ is not None and not error.__suppress_context__:
        follow(error.__context__, "context", errors, seen)


def tell(error, relation):
    kind = type(error)
    name = kind.__qualname__
    if kind.__module__ not in ("builtins", "__main__"):
        name = "%s.%s" % (kind.__module__, name)
    calls = []
    trace = error.__traceback__
    while trace is not None:
        if not trace.tb_frame.f_code.co_filename.startswith(OWN):
            calls.append(trace)
        trace = trace.tb_next
    frames = [tell_call(each) for each in reversed(calls[-FRAME_LIMIT:])]
    if isinstance(error, SyntaxError) and error.filename is not None and error.lineno is not None:
        frames.insert(0, tell_place(error.filename, error.lineno, error.offset))
    return {
        "relation": relation,
        "type": name[:NAME_LIMIT],
        "message": message_of(error)[:MESSAGE_LIMIT],
        "frames": frames[:FRAME_LIMIT],
    }


def message_of(error):
    if isinstance(error, SyntaxError) and error.msg is not None:
        message = str(error.msg)
    else:
        try:
            message = str(error)
        except Exception:
            message = "(its message cannot be shown)"
    notes = getattr(error, "__notes__", None)
    if isinstance(notes, list):
        message = "\n".join([message] + [each for each in notes if isinstance(each, str)])
    return message


def tell_call(trace):
    code = trace.tb_frame.f_code
    told = tell_place(code.co_filename, trace.tb_lineno, None, trace.tb_frame.f_globals)
    name = getattr(code, "co_qualname", code.co_name)
    told["function"] = None if name == "<module>" else name[:NAME_LIMIT]
    told["column"] = column_of(trace, told["source"])
    return told


def tell_place(path, line, column, names=None):
    return {
        "file": path[:NAME_LIMIT],
        "line": line,
        "column": column,
        "function": None,
        "isOwn": is_own(path),
        "source": lines_around(path, line, names),
    }


def column_of(trace, source):
    """Python 3.11 and later know it, in octets."""
    positions = getattr(trace.tb_frame.f_code, "co_positions", None)
    if positions is None or trace.tb_lasti < 0:
        return None
    found = next(itertools.islice(positions(), trace.tb_lasti // 2, None), None)
    if found is None or found[0] != trace.tb_lineno or found[2] is None:
        return None
    text = dict(source).get(trace.tb_lineno)
    if text is None:
        return None
    return len(text.encode("utf-8", "replace")[:found[2]].decode("utf-8", "ignore")) + 1


def lines_around(path, line, names):
    linecache.checkcache(path)
    lines = linecache.getlines(path, names)
    first = max(1, line - LINES_AROUND)
    around = lines[first - 1:line + LINES_AROUND] if line >= 1 else []
    return [[first + i, text.rstrip("\r\n")[:LINE_LIMIT]] for i, text in enumerate(around)]


def is_own(path):
    """Whether it is the app's own file: not the standard library's, of no package, and a file at all."""
    if path.startswith("<"):
        return False
    real = os.path.realpath(path)
    return not real.startswith(STANDARD_LIBRARY) and not any(each in real for each in PACKAGES)
