"""What Python's http.client sees of the server at port sys.argv[1], as JSON on standard output."""

import hashlib
import http.client
import json
import sys
import threading

PORT = int(sys.argv[1])
PATIENCE = 30


def connect():
    return http.client.HTTPConnection("127.0.0.1", PORT, timeout=PATIENCE)


def exchange(connection, method, path, body=None, headers={}, **options):
    connection.request(method, path, body, headers, **options)
    response = connection.getresponse()
    content = response.read()
    return {
        "status": response.status,
        "version": response.version,
        "type": response.getheader("Content-Type"),
        "declared": response.getheader("Content-Length"),
        "length": len(content),
        "digest": hashlib.sha256(content).hexdigest(),
        "allow": response.getheader("Allow"),
        "range": response.getheader("Content-Range"),
        "closes": response.will_close,
    }


def on_one_connection():
    connection = connect()
    connection.connect()
    first = connection.sock
    answers = {
        "page": exchange(connection, "GET", "/"),
        "picture": exchange(connection, "GET", "/test.jpg"),
        "head": exchange(connection, "HEAD", "/test.jpg"),
        "post": exchange(connection, "POST", "/", b"a=b"),
        "chunked": exchange(connection, "POST", "/", iter([b"a=b", b"&c=d"]), encode_chunked=True,
                            headers={"Transfer-Encoding": "chunked"}),
        "range": exchange(connection, "GET", "/test.jpg", headers={"Range": "bytes=100-199"}),
        "beyond": exchange(connection, "GET", "/test.jpg", headers={"Range": "bytes=9999999-"}),
        "missing": exchange(connection, "GET", "/missing"),
        "options": exchange(connection, "OPTIONS", "*"),
        "again": exchange(connection, "GET", "/"),
    }
    same = connection.sock is first
    connection.close()
    return answers, same


def at_once(count):
    digests = []

    def run():
        connection = connect()
        digests.extend(exchange(connection, "GET", "/test.jpg")["digest"] for _ in range(5))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return digests


def last_wish():
    connection = connect()
    answer = exchange(connection, "GET", "/", headers={"Connection": "close"})
    return answer["closes"], connection.sock is None


answers, same = on_one_connection()
print(json.dumps({
    "answers": answers,
    "same connection": same,
    "at once": at_once(20),
    "last wish": last_wish(),
}))
