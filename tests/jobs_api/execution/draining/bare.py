"""A server that sets no handlers, as waitress: one request in a thread. bare.py SECONDS"""

import sys
import threading
import time

import django

if __name__ == "__main__":
    django.setup()

    from jobs_api import trigger
    from jobs_api.servers import drain_on_sigterm

    drain_on_sigterm(float(sys.argv[1]))
    # A signal that comes just before a sleep begins does not end it: the request waits for that.
    request = threading.Timer(0.5, trigger, args=["nightly"])
    request.daemon = True
    request.start()
    time.sleep(60)
