"""Serve the built site on this machine, compressed as a web host would.

python tools/serve.py _build/html 8000
"""

import argparse
import functools
import gzip
import http.server
import io
import sys
from pathlib import Path

COMPRESSED = {".html", ".js", ".css", ".svg", ".json", ".ipynb"}


class SiteHandler(http.server.SimpleHTTPRequestHandler):
    """Static files, gzipped where it helps, and never cached: a rebuilt page shows at once."""

    def send_head(self):
        """Open what is asked for, compressed if the browser takes that; None after an error."""
        path = Path(self.translate_path(self.path))
        if path.is_dir() and self.path.split("?")[0].endswith("/"):
            path /= "index.html"
        wants = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (wants and path.suffix in COMPRESSED and path.is_file()):
            return super().send_head()
        body = gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        return io.BytesIO(body)

    def end_headers(self):
        """Forbid caching in every answer."""
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format, *args):
        """Print only what went wrong: a reader doesn't want a line for each picture."""
        if str(args[1] if len(args) > 1 else "").startswith(("4", "5")):
            super().log_message(format, *args)


def main():
    """Serve until Ctrl-C; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("port", type=int, nargs="?", default=8000)
    arguments = parser.parse_args()
    if not (arguments.folder / "index.html").is_file():
        print(f"{arguments.folder} holds no index.html: run `make book` first.", file=sys.stderr)
        return 1
    handler = functools.partial(SiteHandler, directory=str(arguments.folder))
    try:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", arguments.port), handler)
    except OSError as error:
        print(f"Port {arguments.port}: {error.strerror}. Try PORT=8001.", file=sys.stderr)
        return 1
    print(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C stops it)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print()
    finally:
        server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
