"""Runs a client on its processor and measures it: CPU of all of its processes, time by the clock, peak memory."""

import dataclasses
import os
import signal
import subprocess
import threading
import time

SAMPLE_EVERY = 0.02  # seconds between two looks at a client's memory


@dataclasses.dataclass
class Sample:
    """One run of one client. Times are in seconds, sizes in bytes."""

    user: float
    system: float
    wall: float
    code: int  # exit code; negative: the signal that ended it
    anon: int = 0  # peak of anonymous memory, all processes together
    mapped: int = 0  # peak of mapped files, such as a database's pages
    disk: int = 0  # what the client left in its folder
    pages: int = 0  # distinct URLs answered with 200, robots.txt left out; from the server's log
    requests: int = 0  # all requests but those for robots.txt
    robots: int = 0

    @property
    def cpu(self):
        return self.user + self.system

    def a_page(self, seconds):
        """Microseconds a page."""
        return seconds / max(1, self.pages) * 1e6


def processors():
    """The client's processor and the server's: two where there are two."""
    have = sorted(os.sched_getaffinity(0))
    return {have[0]}, {have[-1]}


PROCESSORS = processors()  # before this process pins itself


def descendants(pid):
    """A process and all that it has started."""
    found, queue = [], [pid]
    while queue:
        p = queue.pop()
        found.append(p)
        try:
            for task in os.listdir(f"/proc/{p}/task"):
                with open(f"/proc/{p}/task/{task}/children") as f:
                    queue.extend(int(c) for c in f.read().split())
        except OSError:
            pass  # it has ended
    return found


def memory(pid):
    """Anonymous and file-mapped resident bytes of a process and its descendants."""
    anon = mapped = 0
    for p in descendants(pid):
        try:
            with open(f"/proc/{p}/status") as f:
                for line in f:
                    if line.startswith("RssAnon:"):
                        anon += int(line.split()[1]) * 1024
                    elif line.startswith("RssFile:"):
                        mapped += int(line.split()[1]) * 1024
        except OSError:
            pass
    return anon, mapped


def folder_size(path):
    """Bytes allocated on disk under a folder."""
    total = 0
    for top, _, files in os.walk(path):
        for name in files:
            total += os.lstat(os.path.join(top, name)).st_blocks * 512
    return total


def run(command, folder, cpus, timeout, env=None):
    """Runs a command in a folder, on the given processors, to its end or its timeout.

    The CPU is what wait4 tells: the process and those of its descendants that were waited for, which is all of them for the
    clients here. A command's output goes to the file "output" in the folder.
    """
    with open(os.path.join(folder, "output"), "wb") as output:
        began = time.monotonic()
        child = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
            env={**os.environ, **(env or {})}, preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        ended = {}

        def wait():
            _, status, usage = os.wait4(child.pid, 0)
            ended.update(wall=time.monotonic() - began, status=status, usage=usage)

        waiter = threading.Thread(target=wait)
        waiter.start()
        anon = mapped = 0
        try:
            while waiter.is_alive():
                now = memory(child.pid)
                anon, mapped = max(anon, now[0]), max(mapped, now[1])
                if time.monotonic() - began > timeout:
                    os.killpg(child.pid, signal.SIGKILL)
                    waiter.join()
                waiter.join(SAMPLE_EVERY)
        except BaseException:  # Ctrl-C among them: the child has a session of its own and would stay
            os.killpg(child.pid, signal.SIGKILL)
            waiter.join()
            raise
        child.returncode = os.waitstatus_to_exitcode(ended["status"])  # wait4 was ours, not Popen's
    usage = ended["usage"]
    return Sample(usage.ru_utime, usage.ru_stime, ended["wall"], child.returncode, anon, mapped)
