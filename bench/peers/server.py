"""nginx on loopback, on a processor of its own, with a log from which pages are counted."""

import collections
import os
import resource
import shutil
import socket
import subprocess
import time
import urllib.request

CONFIG = """\
daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {run}/pid;
error_log {run}/error.log warn;
events {{ worker_connections {connections}; }}
http {{
    log_format counted '$host $status $request_uri';
    access_log {run}/access.log counted buffer=256k flush=200ms;
    types {{ text/html html; text/plain txt; image/jpeg jpg; image/png png; }}
    charset utf-8;
    sendfile on;
    tcp_nopush on;
    keepalive_timeout 600s;
    keepalive_requests 100000000;
    open_file_cache max={cached} inactive=600s;
    open_file_cache_valid 600s;
    client_body_temp_path {run}/t1; proxy_temp_path {run}/t2; fastcgi_temp_path {run}/t3; uwsgi_temp_path {run}/t4; scgi_temp_path {run}/t5;
    server {{
        listen 127.0.0.1:{port} backlog=4096 reuseport;
        root {site};
    }}
    server {{
        listen {hosts_port} backlog=4096 reuseport; # every address of loopback is a host
        allow 127.0.0.0/8;
        deny all;
        root {site}/v/$host;
        location = /robots.txt {{ root {site}; }}
        location = /mark {{ return 204; }}
    }}
}}
"""


def free_ports():
    """Two ports that nothing listens on."""
    with socket.socket() as a, socket.socket() as b:
        for s in (a, b):
            s.bind(("127.0.0.1", 0))
        return a.getsockname()[1], b.getsockname()[1]


def program():
    """nginx's path, or None. Debian keeps it where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


class Server:
    """A running nginx. Close ends it."""

    def __init__(self, site, run, cpus):
        self.binary = program()
        os.makedirs(run, exist_ok=True)
        os.chmod(run, 0o755)
        self.run, self.marks, self.at = run, 0, 0
        self.port, self.hosts_port = free_ports()
        # Connections and open files share what the system allows a process; a server out of them stops answering.
        files = min(131_072, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
        config = os.path.join(run, "nginx.conf")
        with open(config, "w") as f:
            f.write(("user root;\n" if os.geteuid() == 0 else "") + CONFIG.format(
                run=run, site=site, port=self.port, hosts_port=self.hosts_port, files=files, cached=files // 3, connections=files // 2))
        self.log = os.path.join(run, "access.log")
        open(self.log, "w").close()
        self.process = subprocess.Popen([self.binary, "-c", config, "-e", f"{run}/error.log"], stdin=subprocess.DEVNULL,
                                        preexec_fn=lambda: os.sched_setaffinity(0, cpus))
        for _ in range(100):
            try:
                self.mark()
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
        self.close()
        raise SystemExit(f"peers: nginx did not start; see {run}/error.log")

    def version(self):
        return subprocess.run([self.binary, "-v"], capture_output=True, text=True).stderr.strip().split("/")[-1]

    def mark(self):
        """Writes a line to the log, and gives it: all that was asked for before stands before it, as there is one process."""
        self.marks += 1
        path = f"/mark?{self.marks}"
        urllib.request.urlopen(f"http://127.0.0.1:{self.hosts_port}{path}", timeout=30).read()
        return path

    def take(self):
        """The requests since the last call: how often each URL was answered with 200, all requests, those for robots.txt."""
        mark = " " + self.mark() + "\n"
        good, requests, robots = collections.Counter(), 0, 0
        with open(self.log) as f:
            f.seek(self.at)
            ended = time.monotonic() + 30
            text = f.read()
            while mark not in text[-256:]:
                if time.monotonic() > ended:
                    raise SystemExit("peers: nginx does not write its log; see " + self.run)
                time.sleep(0.02)
                text += f.read()
            self.at = f.tell()
        for line in text.splitlines():
            host, status, path = line.split(" ", 2)
            if path.startswith("/mark"):
                continue
            if path == "/robots.txt":
                robots += 1
                continue
            requests += 1
            if status == "200":
                good[host + path] += 1
        return good, requests, robots

    def close(self):
        self.process.terminate()
        self.process.wait()
