"""How long does a reader of JupyterLab wait for LayerShift's picture after moving a control?

    .venv/bin/python benchmarks/live_control.py

Starts JupyterLab on a notebook of one cell and moves the learning rate slider in a headless
Chromium. Each move asks for a rate that is not recorded, so both networks are trained anew.
The time runs from the slider's event in the page to the frame after the picture was drawn.
"""

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from time import sleep
from urllib.request import urlopen

import nbformat
import numpy as np
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "browser"))
import chromium  # noqa: E402 (how the browser tests start one)

CELL = "from bnlib.widgets import LayerShift\nLayerShift({!r}, 0.03, batch_size=32)"
ACTIVATIONS = ("relu", "sigmoid")
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
WIDGET = '[data-widget="layer-shift"]'
RATE = f"{WIDGET} input[type=range] >> nth=0"
# From 0.03, which is recorded, to 0.02, and then between 0.01 and 0.02, which are not.
POSITIONS = ["1", *["0", "1"] * 7]

WATCH = """root => {
  window.waits = [];
  let from = null, busy = false;
  root.addEventListener("input", () => { from = performance.now(); busy = false; }, true);
  new MutationObserver(() => {
    if (root.getAttribute("aria-busy") === "true") busy = true;
    else if (busy && from !== null) {
      const start = from;
      from = null;
      requestAnimationFrame(() => setTimeout(() => window.waits.push(performance.now() - start)));
    }
  }).observe(root, { attributes: true, attributeFilter: ["aria-busy"] });
}"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start_lab(folder, port):
    """Start JupyterLab, and wait until it answers."""
    options = {"ServerApp.root_dir": folder, "IdentityProvider.token": "", "ServerApp.port": port}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"]
    command += [f"--{name}={value}" for name, value in options.items()]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    for _ in range(240):
        try:
            urlopen(f"http://127.0.0.1:{port}/api", timeout=1).close()
            return server
        except OSError:
            sleep(0.5)
    server.terminate()
    raise RuntimeError("JupyterLab did not start within two minutes")


def waits(page, port, name):
    """Milliseconds of each wait."""
    page.goto(f"http://127.0.0.1:{port}/lab/tree/{name}?reset")
    page.locator(".jp-Notebook .jp-Cell .cm-content").first.click(timeout=60_000)
    page.keyboard.press("Shift+Enter")
    slider = page.locator(RATE)
    slider.wait_for(timeout=120_000)
    page.locator(f'{WIDGET}[data-ready="true"]').wait_for(timeout=120_000)
    page.locator(WIDGET).evaluate(WATCH)
    for position in POSITIONS:
        done = page.evaluate("window.waits.length")
        slider.fill(position)
        page.wait_for_function("n => window.waits.length > n", arg=done, timeout=20_000)
        page.wait_for_timeout(1500)  # until the finer recording has come, too
    return page.evaluate("window.waits")[1:]  # the first warms up


def main():
    port = free_port()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        for activation in ACTIVATIONS:
            cell = nbformat.v4.new_code_cell(CELL.format(activation))
            notebook = nbformat.v4.new_notebook(cells=[cell], metadata=KERNEL)
            nbformat.write(notebook, Path(folder, f"{activation}.ipynb"))
        server = start_lab(folder, port)
        try:
            page = chromium.launch(playwright, chromium.find(playwright)).new_page()
            for activation in ACTIVATIONS:
                times = np.percentile(waits(page, port, f"{activation}.ipynb"), [50, 10, 90])
                print("{}, batch 32: {:.0f} ms ({:.0f}-{:.0f})".format(activation, *times))
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()
