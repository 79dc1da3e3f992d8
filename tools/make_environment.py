"""Create `.venv` from requirements.lock, or bring it up to date.

Runs under the system's Python, before anything is installed: standard library only, and the
version is checked before any newer syntax or module is needed.

    python3 tools/make_environment.py
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
import traceback

OLDEST = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
VENV_PYTHON = os.path.join(VENV, "bin", "python")
KERNEL_SETTINGS = os.path.join(VENV, "etc", "ipython", "ipython_kernel_config.py")
# make compares this file's date with requirements.lock's.
COMPLETE = os.path.join(VENV, "complete")


def missing_parts(version=sys.version_info, find_spec=importlib.util.find_spec):
    """Say what this Python lacks for the book, as one paragraph; an empty string if nothing."""
    have = f"{version[0]}.{version[1]}"
    if tuple(version[:2]) < OLDEST:
        need = f"{OLDEST[0]}.{OLDEST[1]}"
        return (
            f"The book needs Python {need} or newer; {sys.executable} is Python {have}.\n"
            f"Install a newer one and say `make book PYTHON=python{need}`."
        )
    # Debian and Ubuntu ship Python without these two.
    if find_spec("venv") is None or find_spec("ensurepip") is None:
        return (
            f"{sys.executable} cannot make virtual environments: venv or ensurepip is missing.\n"
            f"On Debian or Ubuntu: sudo apt install python3-venv  (or python{have}-venv)"
        )
    return ""


def works(python):
    """Whether `python` exists, is new enough and has pip: what a killed set-up may not have."""
    test = f"import sys, pip; sys.exit(sys.version_info[:2] < {OLDEST})"
    if not os.path.exists(python):
        return False
    return subprocess.run([python, "-c", test], stderr=subprocess.DEVNULL).returncode == 0


def install():
    """Install what requirements.lock lists, then bnlib itself, editable, into `.venv`."""
    pip = [VENV_PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", os.path.join(ROOT, "requirements.lock")], check=True)
    # flit-core is in the lock, so nothing is built in isolation and nothing else is fetched.
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "-e", ROOT], check=True)
    # Each kernel would warn that it talks over TCP; it does so within this machine.
    os.makedirs(os.path.dirname(KERNEL_SETTINGS), exist_ok=True)
    with open(KERNEL_SETTINGS, "w", encoding="utf-8") as file:
        file.write('c.IPKernelApp.log_level = "ERROR"\n')
    with open(COMPLETE, "w", encoding="utf-8") as file:
        file.write("requirements.lock is installed here\n")


def main():
    """Make or update the environment; the exit code."""
    lacking = missing_parts()
    if lacking:
        print(lacking, file=sys.stderr)
        return 1
    start = time.monotonic()
    fresh = not works(VENV_PYTHON)
    try:
        if fresh:
            shutil.rmtree(VENV, ignore_errors=True)
            print("Creating .venv and installing requirements.lock (800 MB, about a minute) ...")
            sys.stdout.flush()
            subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        else:
            print("Bringing .venv up to date with requirements.lock ...")
            sys.stdout.flush()
        install()
    except BaseException as error:
        if fresh:
            shutil.rmtree(VENV, ignore_errors=True)
        what = "the half-made .venv was removed" if fresh else ".venv was left as it was"
        if isinstance(error, subprocess.CalledProcessError):
            command = " ".join(map(str, error.cmd))
            print(f"Set-up failed ({what}) at: {command}", file=sys.stderr)
            return 1
        if isinstance(error, KeyboardInterrupt):
            print(f"Set-up interrupted ({what}).", file=sys.stderr)
            return 130
        traceback.print_exc()
        return 1
    print(f"The environment is ready ({time.monotonic() - start:.0f} s).")
    return 0


if __name__ == "__main__":
    sys.exit(main())
