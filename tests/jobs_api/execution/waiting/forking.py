"""A process in which one waits and another thread holds the lock forks; the child waits, too.

Called with the id of a run that is held. Exits 0 if the child was woken by the end of that run.
"""

import os
import sys
import threading
import time

import django


def main(run_id: int) -> int:
    """Fork in the worst moment."""
    from jobs_api.execution.waiting import Watch, waiters
    from jobs_api.models import JobRun

    threading.Thread(target=waiters.wait, args=[Watch(run_id, 1, False), 30]).start()
    while not waiters._watches:
        time.sleep(0.01)
    child = fork_while_locked(waiters)
    if child == 0:
        assert not waiters._watches
        began = time.monotonic()
        waiters.wait(Watch(run_id, 1, False), 20)
        os._exit(0 if time.monotonic() - began < 15 else 1)
    JobRun.objects.filter(pk=run_id).update(state="succeeded", held_job=None, lease_expires_at=None)
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def fork_while_locked(waiters):
    """Fork while a thread that the child does not have holds the lock."""
    locked, forked = threading.Event(), threading.Event()

    def hold():
        with waiters.lock:
            locked.set()
            forked.wait(20)

    threading.Thread(target=hold).start()
    locked.wait(20)
    child = os.fork()
    if child:
        forked.set()
    return child


if __name__ == "__main__":
    django.setup()
    sys.exit(main(int(sys.argv[1])))
