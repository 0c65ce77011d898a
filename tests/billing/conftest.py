from collections.abc import Iterator

import pytest
from django_scopes import scope


@pytest.fixture
def purse(transactional_db: None, workspace) -> Iterator:
    """The workspace, in whose scope the test runs, with commits that are real."""
    with scope(workspace=workspace):
        yield workspace
