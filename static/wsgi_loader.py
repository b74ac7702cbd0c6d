"""Finds the app that a worker runs, and says on one line why there is none."""

import importlib
import os
import traceback

# What the server's own files are called where Python names files.
OWN = "<rawserve>"


class LoadError(Exception):
    """The app's name leads nowhere; the message is for whoever wrote it."""


def load(spec):
    """The app that `module`, `module:name`, `module:name.name` or `module:name(literals)` leads to."""
    name, _, expression = spec.partition(":")
    expression = expression or "application"
    if not all(part.isidentifier() for part in name.split(".")):
        raise LoadError("%r is no name of a module" % name)
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        # One that the module itself imports and that is missing is another matter.
        if error.name is None or not (name + ".").startswith(error.name + "."):
            raise
        hint = " (leave out the .py)" if name.endswith(".py") else ""
        raise LoadError("there is no module %s in %s%s" % (error.name, os.getcwd(), hint)) from None
    path, arguments = parse(expression)
    found = module
    for i, attribute in enumerate(path):
        if not hasattr(found, attribute):
            owner = ".".join([name] + path[:i])
            raise LoadError("%s has no %s%s" % (owner, attribute, advise(found, attribute)))
        found = getattr(found, attribute)
    if arguments is not None:
        if not callable(found):
            raise LoadError("%s of %s is not callable" % (".".join(path), name))
        found = found(*arguments[0], **arguments[1])
    if not callable(found):
        kind = type(found).__name__
        raise LoadError("%s of %s is no app but of type %s" % (expression, name, kind))
    return found


def parse(expression):
    """The names that `expression` goes through, and the arguments of the call at its end, if it is one."""
    import ast
    try:
        node = ast.parse(expression, mode="eval").body
        arguments = None
        if isinstance(node, ast.Call):
            keywords = {each.arg: ast.literal_eval(each.value) for each in node.keywords}
            arguments = [ast.literal_eval(each) for each in node.args], keywords
            node = node.func
        path = []
        while isinstance(node, ast.Attribute):
            path.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise ValueError
        return [node.id] + path, arguments
    except (SyntaxError, ValueError):
        raise LoadError("%r is neither a name nor a call with literals" % expression) from None


def advise(owner, wanted):
    import difflib
    names = [name for name, value in vars(owner).items() if callable(value)]
    usual = [name for name in ("app", "application", "wsgi_app") if name in names]
    factories = [name + "()" for name in ("create_app", "make_app") if name in names]
    close = usual + factories or difflib.get_close_matches(wanted, names, 1)
    return " (but it has %s)" % close[0] if close else ""


def describe(error):
    """The traceback, from the app's first line on."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(OWN):
        trace = trace.tb_next
    return "".join(traceback.format_exception(type(error), error, trace)).rstrip()


def reports(error):
    """Frames that tell the server of `error`: none, but in development (wsgi_failure.py)."""
    return []


def explain(error):
    """What went wrong while the app was imported and where, on one line."""
    if isinstance(error, LoadError):
        return str(error)
    kind = type(error).__name__
    said = str(error).split("\n")[0]
    place = None
    if isinstance(error, SyntaxError) and error.filename is not None:
        said = error.msg
        place = "%s:%s" % (error.filename, error.lineno)
    else:
        for each in traceback.extract_tb(error.__traceback__):
            if not each.filename.startswith((OWN, "<frozen ")):
                place = "%s:%s" % (each.filename, each.lineno)
    return kind + (": " + said if said else "") + (" (%s)" % place if place else "")
