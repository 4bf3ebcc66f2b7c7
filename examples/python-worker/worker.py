#!/usr/bin/env python3
"""A parser for crawl in Python, with nothing but the standard library.

    crawl run --parser-cmd 'python3 examples/python-worker/worker.py' --select title=h1 --select next=a.next@href list.txt

It speaks the protocol of docs/worker-protocol.md: MessagePack-RPC on standard input and output. The two parts that make
any program a worker are the codec (Reader, pack) and main(); extract() is where the work of your own goes.

The selectors it knows are tag, .class, #id, tag.class and tag#id, alone or as a list with commas.

The charset of a page is told with it: crawl has looked for byte order marks, headers, meta elements and at the bytes.
"""

import io
import struct
import sys
from html.parser import HTMLParser
from urllib.parse import urljoin

PROTOCOL = 1
MAX_LENGTH = 1 << 30  # bytes of one string, as in the protocol


# MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md): what the protocol needs of it.

class Reader:
    """Reads values from a stream. EOFError says that it has ended between two of them."""

    def __init__(self, stream):
        self.stream = stream

    def exactly(self, n):
        data = self.stream.read(n)
        if len(data) < n:
            raise EOFError("the stream ended inside a value" if data else "the stream ended")
        return data

    def number(self, code):
        return struct.unpack(">" + code, self.exactly(struct.calcsize(code)))[0]

    def text(self, n):
        if n > MAX_LENGTH:
            raise ValueError("a string of %d bytes" % n)
        return self.exactly(n).decode("utf-8", "replace")

    def array(self, n):
        return [self.value() for _ in range(n)]

    def map(self, n):
        pairs = {}
        for _ in range(n):
            key = self.value()
            pairs[key] = self.value()
        return pairs

    def value(self):
        lead = self.exactly(1)[0]
        if lead < 0x80:
            return lead
        if lead < 0x90:
            return self.map(lead & 0x0F)
        if lead < 0xA0:
            return self.array(lead & 0x0F)
        if lead < 0xC0:
            return self.text(lead & 0x1F)
        if lead >= 0xE0:
            return lead - 256
        if lead in NUMBERS:
            return self.number(NUMBERS[lead])
        if lead in (0xC4, 0xC5, 0xC6):
            return self.exactly(min(self.number("BHI"[lead - 0xC4]), MAX_LENGTH))
        if lead in (0xD9, 0xDA, 0xDB):
            return self.text(self.number("BHI"[lead - 0xD9]))
        if lead in (0xDC, 0xDD):
            return self.array(self.number("HI"[lead - 0xDC]))
        if lead in (0xDE, 0xDF):
            return self.map(self.number("HI"[lead - 0xDE]))
        if lead in CONSTANTS:
            return CONSTANTS[lead]
        raise ValueError("unknown MessagePack type %#x" % lead)


NUMBERS = {0xCA: "f", 0xCB: "d", 0xCC: "B", 0xCD: "H", 0xCE: "I", 0xCF: "Q", 0xD0: "b", 0xD1: "h", 0xD2: "i", 0xD3: "q"}
CONSTANTS = {0xC0: None, 0xC2: False, 0xC3: True}


def pack(value):
    """Gives a value as MessagePack: None, bool, int from 0, str, list, dict."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bool):
        return b"\xc3" if value else b"\xc2"
    if isinstance(value, int):
        return bytes([value]) if value < 0x80 else struct.pack(">BQ", 0xCF, value)
    if isinstance(value, str):
        data = value.encode("utf-8", "replace")
        return header(len(data), 0xA0, 32, (0xD9, 0xDA, 0xDB)) + data
    if isinstance(value, list):
        return header(len(value), 0x90, 16, (None, 0xDC, 0xDD)) + b"".join(map(pack, value))
    if isinstance(value, dict):
        parts = b"".join(pack(k) + pack(v) for k, v in value.items())
        return header(len(value), 0x80, 16, (None, 0xDE, 0xDF)) + parts
    raise TypeError(type(value))


def header(n, fixed, room, leads):
    if n < room:
        return bytes([fixed | n])
    if n < 1 << 8 and leads[0]:
        return struct.pack(">BB", leads[0], n)
    if n < 1 << 16:
        return struct.pack(">BH", leads[1], n)
    return struct.pack(">BI", leads[2], n)


# Extraction.

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
HIDDEN = {"script", "style", "template", "noscript", "title", "head"}
BLOCKS = {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
          "header", "hr", "li", "main", "nav", "ol", "p", "pre", "section", "table", "td", "th", "tr", "ul"}
ADDRESSES = {"href", "src", "action", "poster", "cite", "data-src"}


class RuleError(Exception):
    """A rule that this parser cannot run. It ends the crawl: every page would fail in the same way."""


class Selector:
    """One of tag, .class, #id, tag.class, tag#id."""

    def __init__(self, css):
        self.tag, self.cls, self.id = css, None, None
        for mark, name in ((".", "cls"), ("#", "id")):
            if mark in css:
                self.tag, _, value = css.partition(mark)
                setattr(self, name, value)
        plain = (self.tag + (self.cls or "") + (self.id or "")).replace("-", "").replace("_", "")
        if not css or (plain and not plain.isalnum()):
            raise RuleError("selector %r: this parser knows tag, .class, #id, tag.class and tag#id" % css)
        self.tag = self.tag.lower()

    def matches(self, tag, attrs):
        return ((not self.tag or self.tag == tag)
                and (self.cls is None or self.cls in (attrs.get("class") or "").split())
                and (self.id is None or self.id == attrs.get("id")))


class Extractor(HTMLParser):
    """Runs rules while it reads a page: no tree is built."""

    def __init__(self, url, rules):
        super().__init__(convert_charrefs=True)
        self.base = url
        self.based = False  # the first base element has been seen; others do not count
        self.rules = [(r["name"], self.selectors(r), r.get("attr") or "") for r in rules]
        self.fields = {r["name"]: [] for r in rules}
        self.open = []  # (tag, [slot of a value that collects text])
        self.slots = []  # those of all open elements
        self.hidden = 0
        self.text = io.StringIO()
        self.broken = 0  # values that are no addresses where there should be one

    @staticmethod
    def selectors(rule):
        try:
            return [Selector(css.strip()) for css in rule["css"].split(",")]
        except RuleError as e:
            raise RuleError("rule %s: %s" % (rule["name"], e)) from None

    def address(self, ref):
        """Gives an address as an absolute one. What is none stays as it is written."""
        try:
            return urljoin(self.base, ref)
        except ValueError:
            self.broken += 1
            return ref

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "base" and attrs.get("href") and not self.based:
            self.based = True
            try:
                self.base = urljoin(self.base, attrs["href"].strip())
            except ValueError:
                pass  # as if it were not there
        slots = []
        for name, selectors, attr in self.rules:
            if not any(s.matches(tag, attrs) for s in selectors):
                continue
            if not attr:
                slot = []
                self.fields[name].append(slot)
                slots.append(slot)
            elif attr in attrs:
                value = " ".join((attrs[attr] or "").split())
                self.fields[name].append(self.address(value) if attr in ADDRESSES else value)
        if tag in BLOCKS:
            self.separate()
        if tag not in VOID:
            self.open.append((tag, slots))
            self.slots += slots
            self.hidden += tag in HIDDEN

    def handle_endtag(self, tag):
        if not any(t == tag for t, _ in self.open):
            return
        while True:
            t, slots = self.open.pop()
            del self.slots[len(self.slots) - len(slots):]
            self.hidden -= t in HIDDEN
            if t == tag:
                break
        if tag in BLOCKS:
            self.separate()

    def separate(self):
        self.text.write("\n")
        for slot in self.slots:
            slot.append(" ")

    def handle_data(self, data):
        if not self.hidden:
            self.text.write(data)
        for slot in self.slots:
            slot.append(data)

    def parse_html_declaration(self, i):
        try:
            return super().parse_html_declaration(i)
        except AssertionError:  # <![what[ is a comment to browsers, and an error to some versions of this library
            return self.parse_bogus_comment(i)

    def result(self, with_text):
        fields = {name: [v if isinstance(v, str) else " ".join("".join(v).split()) for v in values]
                  for name, values in self.fields.items()}
        lines = (" ".join(line.split()) for line in self.text.getvalue().split("\n")) if with_text else ()
        result = {"fields": fields, "text": "\n".join(line for line in lines if line)}
        if self.broken:
            result["defects"] = ["values that are not valid URLs: left as they stand %d" % self.broken]
        return result


# Encodings that Python knows by another name than the Encoding Standard, or whose decoder here is a narrower one.
CODECS = {"gbk": "gb18030", "big5": "big5hkscs", "euc-kr": "cp949", "shift_jis": "cp932", "windows-874": "cp874",
          "iso-8859-8-i": "iso-8859-8", "macintosh": "mac-roman", "x-mac-cyrillic": "mac-cyrillic"}


def decode(body, charset):
    """Gives the text of a page in the charset that crawl found."""
    try:
        text = body.decode(CODECS.get(charset, charset), "replace")
    except (LookupError, ValueError):  # none that Python has
        text = body.decode("windows-1252", "replace")
    return text.removeprefix("\ufeff")


def extract(doc, rules):
    """Gives the result for one document: a dict with "fields" and "text", or with "error"."""
    try:
        extractor = Extractor(doc["url"], rules.get("select") or [])
        extractor.feed(decode(doc["body"], doc.get("charset") or "utf-8"))
        extractor.close()
        return extractor.result(rules.get("text", False))
    except RuleError as e:
        return {"error": ["rule", str(e)]}
    except MemoryError:
        return {"error": ["memory", "the page takes more memory than there is"]}
    except Exception as e:  # this page fails, and no other
        return {"error": ["crash", "%s: %s" % (type(e).__name__, e)]}


# The protocol.

def answer(method, params):
    """Gives the result of a request."""
    if method == "hello":
        return {"protocol": PROTOCOL, "name": "python-worker", "abilities": ["select", "text"]}
    if method == "parse":
        return [extract(doc, params[0]["rules"]) for doc in params[0]["docs"]]
    if method in ("ping", "drain"):
        return None
    raise LookupError("unknown method: %s" % method)


def main():
    stream, out = Reader(sys.stdin.buffer), sys.stdout.buffer
    sys.stdout = sys.stderr  # print() must not disturb the protocol
    while True:
        try:
            message = stream.value()
        except EOFError:
            return
        if message[0] != 0:
            continue  # a notification
        _, number, method, params = message
        try:
            response = [1, number, None, answer(method, params)]
        except Exception as e:
            response = [1, number, "%s: %s" % (type(e).__name__, e), None]
        out.write(pack(response))
        out.flush()
        if method == "drain":
            return


if __name__ == "__main__":
    main()
