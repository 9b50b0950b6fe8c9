"""eventlet's own server: gunicorn has none for it any more."""

import os

import eventlet

eventlet.monkey_patch()

if __name__ == "__main__":
    from eventlet import wsgi

    from tools.servers.host.wsgi import application

    wsgi.server(eventlet.listen(("127.0.0.1", int(os.environ["PORT"]))), application)
