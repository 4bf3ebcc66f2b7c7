"""The clients: how each is called for each piece of work, and which version it is."""

import dataclasses
import os
import re
import shutil
import subprocess
from typing import Callable

HERE = os.path.dirname(os.path.abspath(__file__))
AT_ONCE = 64


@dataclasses.dataclass
class Client:
    """A program and its arguments. command gets the folder it may write to; None for version: there is no such program."""

    name: str
    version: str | None
    command: Callable[[str], list]
    env: dict = dataclasses.field(default_factory=dict)
    missing: str = ""  # why it is not there
    repeats: bool = False  # it asks for some pages several times, and each answer counts as a page
    pages: int | None = None  # how many it shall fetch, when that is not what the others beside it do


def version(*command, pattern=r"\d+\.\d+(\.\d+)*"):
    """What a program says of its version, or None when it does not run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(pattern, done.stdout + done.stderr)
    return found[0] if done.returncode == 0 and found else None


def debian_python(module):
    """A Python that has a module, and the module's version."""
    for python in (shutil.which("python3"), "/usr/bin/python3"):
        if python and (v := version(python, "-c", f"import {module}; print({module}.__version__)")):
            return python, v
    return "python3", None


class Clients:
    """All clients for a site. crawl and peers are the built programs; peers that could not be built are absent."""

    def __init__(self, crawl, revision, colly, site, url):
        self.crawl, self.revision, self.colly, self.site, self.url = crawl, revision, colly, site, url
        self.first = url + "/p/00000.html"

    def crawl_run(self, name, *arguments, at_once=AT_ONCE, polite=False):
        """crawl run, with every promise kept; polite leaves robots.txt and the limits of hosts as they are by default."""
        free = [] if polite else ["--no-robots", "--rate", "0", "--per-host", str(at_once)]
        return Client(name, self.revision, lambda d: [
            self.crawl, "run", "--store", os.path.join(d, "store"), "-c", str(at_once), "-q", "--no-progress", *free, *arguments])

    def follow(self, name="crawl", *arguments, at_once=AT_ONCE):
        return self.crawl_run(name, "--depth", "1000", *arguments, self.first, at_once=at_once)

    def floor(self):
        with open(os.path.join(self.site, "pages.txt")) as f:
            paths = f.read().split()
        listed = os.path.join(self.site, "pages.urls")
        with open(listed, "w") as f:
            f.writelines(f"{self.url}{p}\n" for p in paths)
        return Client("h2load", version("h2load", "--version"), lambda d: [
            "h2load", "--h1", "-t1", f"-c{AT_ONCE}", "-n", str(len(paths)), "-i", listed], repeats=True)  # each of its connections begins with the first page

    def colly_run(self, name="Colly", *arguments):
        v = None
        if self.colly:
            v = version("go", "list", "-C", HERE, "-m", "github.com/gocolly/colly/v2")
        return Client(name, v, lambda d: [self.colly, "-url", self.first, "-c", str(AT_ONCE), *arguments], missing="it was not built")

    def scrapy(self):
        settings = ["LOG_LEVEL=WARNING", "ROBOTSTXT_OBEY=False", "TELNETCONSOLE_ENABLED=False",
                    f"CONCURRENT_REQUESTS={AT_ONCE}", f"CONCURRENT_REQUESTS_PER_DOMAIN={AT_ONCE}"]
        return Client("Scrapy", version("scrapy", "version"), lambda d: [
            "scrapy", "runspider", os.path.join(HERE, "scrapy_spider.py"), "-a", "url=" + self.first, "-o", os.path.join(d, "items.jl"),
            *[a for s in settings for a in ("-s", s)]])

    def wget2_recursive(self):
        # Images are left out, as the other clients do not follow them.
        return Client("wget2 -r", version("wget2", "--version"), lambda d: [
            "wget2", "-q", "-r", "--level=inf", "--robots=off", f"--max-threads={AT_ONCE}", "--reject=jpg,png", "--filter-urls", "-P", d, self.first])

    def images(self):
        """Those that fetch a list of images."""
        with open(os.path.join(self.site, "images.txt")) as f:
            urls = [self.url + p for p in f.read().split()]
        listed, config = os.path.join(self.site, "images.urls"), os.path.join(self.site, "images.curl")
        with open(listed, "w") as f:
            f.writelines(u + "\n" for u in urls)
        with open(config, "w") as f:
            f.writelines(f'url = "{u}"\nremote-name\n' for u in urls)
        python, aiohttp = debian_python("aiohttp")
        has_verb = "crawl images" in subprocess.run([self.crawl, "images", "--help"], capture_output=True, text=True).stdout
        store = [self.crawl, "images", "-c", str(AT_ONCE), "--per-host", str(AT_ONCE), "--rate", "0", "--no-robots", "-q", "--no-progress"]
        revision = self.revision if has_verb else None
        no_verb = "this revision has no crawl images"
        return [
            Client("crawl images", revision, lambda d: [*store, "--store", os.path.join(d, "store"), listed], missing=no_verb),
            Client("crawl images -P", revision, lambda d: [*store, "--store", os.path.join(d, "store"), "-P", os.path.join(d, "files"), listed], missing=no_verb),
            Client("aiohttp", aiohttp, lambda d: [python, os.path.join(HERE, "aiohttp_images.py"), listed, d, str(AT_ONCE)]),
            Client("wget2 -i", version("wget2", "--version"), lambda d: ["wget2", "-q", f"--max-threads={AT_ONCE}", "-P", d, "-i", listed]),
            Client("curl -Z", version("curl", "--version"), lambda d: ["curl", "-s", "-Z", "--parallel-max", str(AT_ONCE), "--config", config]),
            Client("aria2c", version("aria2c", "--version"), lambda d: [
                "aria2c", "-q", f"-j{AT_ONCE}", "-x1", "--file-allocation=none", "-d", d, "-i", listed]),
            Client("wget -i", version("wget", "--version"), lambda d: ["wget", "-q", "-P", d, "-i", listed]),
        ]
