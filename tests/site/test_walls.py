"""The walls of docs/architecture.md that a list of forbidden imports cannot say."""

import subprocess
import sys

import grimp

from tests.live import ROOT


def test_the_model_imports_torch_safetensors_and_the_standard_library_alone() -> None:
    graph = grimp.build_graph("generation", include_external_packages=True)
    inside = graph.find_descendants("generation.aurora") | {"generation.aurora"}
    imported = {found for module in inside for found in graph.find_modules_directly_imported_by(module)} - inside
    allowed = {"torch", "safetensors"} | sys.stdlib_module_names
    assert {name for name in imported if name.partition(".")[0] not in allowed} == set()


def test_the_web_process_never_loads_torch() -> None:
    program = "import sys, aurora_site.asgi; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


def test_no_file_of_ours_has_more_than_400_lines() -> None:
    ours = [path for app in ("aurora_site", "accounts", "billing", "generation") for path in (ROOT / app).rglob("*.py")]
    assert {path.name: lines for path in ours if (lines := path.read_text().count("\n")) > 400} == {}
