"""A database that fails in the middle."""

import pytest
from django.db import OperationalError, connection


@pytest.fixture
def broken():
    """``with broken(2):`` lets the database take two statements and no more."""

    def after(statements):
        left = [statements]

        def refuse(execute, *args):
            if not left[0]:
                raise OperationalError("gone")
            left[0] -= 1
            return execute(*args)

        return connection.execute_wrapper(refuse)

    return after
