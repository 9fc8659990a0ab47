"""The page and the READMEs in Python: blocks run from top to bottom, and print what stands under them."""

import contextlib
import io
import re
from pathlib import Path

import pytest

from program import ROOT

BLOCK = re.compile(r"```python\n(.*?)```(?:\s*```text\n(.*?)```)?", re.DOTALL)


@pytest.mark.parametrize("page", ["docs/python.md", "python/README.md"])
def test_blocks_run_and_print_what_is_shown(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    blocks = BLOCK.findall((ROOT / page).read_text())
    assert blocks, f"{page} shows nothing"
    names = {}
    for code, shown in blocks:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(compile(code, page, "exec"), names)
        if shown:
            assert trimmed(out.getvalue()) == trimmed(shown), f"{page}:\n{code}"


def trimmed(text):
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


@pytest.mark.skipif(not __import__("importlib.util").util.find_spec("torch"), reason="needs torch")
def test_the_readme_block_for_torch_runs():
    code = re.search(r"```python no-run\n(import torch.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[1]
    names = {}
    exec(compile(code.replace("range(20_000)", "range(300)"), "README.md", "exec"), names)
    assert len(names["monitor"].loss) == 300
