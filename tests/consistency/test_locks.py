"""What is installed is exactly what was locked, and no lock says from where."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
WANTED = {
    "requirements.txt": PROJECT["project"]["dependencies"],
    "requirements-test.txt": PROJECT["dependency-groups"]["test"],
}


def locked(lock: str) -> dict[str, str]:
    """The packages of a lock, each with what stands behind its name."""
    packages = re.split(r"\n(?=\S)", (ROOT / lock).read_text("utf-8"))
    return {re.match(r"[\w.-]+", package)[0].lower(): package for package in packages}


@pytest.mark.parametrize("lock", WANTED)
def test_every_package_that_the_project_names_is_locked(lock: str) -> None:
    named = {re.match(r"[\w.-]+", wanted)[0].lower() for wanted in WANTED[lock]}
    assert named - set(locked(lock)) == set(), "run `make lock`"


@pytest.mark.parametrize("lock", WANTED)
def test_every_locked_package_has_one_version_and_its_checksums(lock: str) -> None:
    for name, package in locked(lock).items():
        assert re.match(r"[\w.\[\]-]+==[\w.]+", package), name
        assert "--hash=sha256:" in package, name


def test_the_tests_use_the_packages_that_the_product_runs_with() -> None:
    product, tests = locked("requirements.txt"), locked("requirements-test.txt")
    version = re.compile(r"==([\w.]+)")
    for name in set(product) & set(tests):
        assert version.search(product[name])[1] == version.search(tests[name])[1], name


def test_no_lock_names_an_address_to_install_from() -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "*requirements*.txt", "*package-lock.json", "*.npmrc"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    for name in tracked:
        content = (ROOT / name).read_text("utf-8")
        for forbidden in ('"resolved"', "--index-url", "--find-links", "--extra-index-url"):
            assert forbidden not in content, name
        if name.endswith(".txt"):
            assert "://" not in content, name
