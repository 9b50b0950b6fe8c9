"""Where each tenant has a schema of its own, our tables belong into the shared one, and into no other."""

import pytest
from django.core.checks import Error, run_checks

OURS = ["jobs_api", "crm"]
NOT_OURS = ["django.contrib.contenttypes", "crm"]
BY_CONFIG = ["jobs_api.apps.JobsApiConfig"]


def types(public, **others):
    return {"public": {"APPS": public, "URLCONF": "a.urls"}, **{k: {"APPS": v} for k, v in others.items()}}


WRONG = {
    "in both lists": ({"SHARED_APPS": OURS, "TENANT_APPS": OURS}, ["TENANT_APPS"]),
    "by its configuration": ({"SHARED_APPS": BY_CONFIG, "TENANT_APPS": tuple(BY_CONFIG)}, ["TENANT_APPS"]),
    "in each tenant only": ({"SHARED_APPS": NOT_OURS, "TENANT_APPS": OURS}, ["TENANT_APPS"]),
    "in no list": ({"SHARED_APPS": NOT_OURS, "TENANT_APPS": NOT_OURS}, ["SHARED_APPS"]),
    "in a type of tenants": (
        {
            "HAS_MULTI_TYPE_TENANTS": True,
            "TENANT_TYPES": types(OURS, shop=OURS, blog=NOT_OURS, wiki=BY_CONFIG),
        },
        ["TENANT_TYPES['shop']['APPS']", "TENANT_TYPES['wiki']['APPS']"],
    ),
    "in no type": (
        {"HAS_MULTI_TYPE_TENANTS": True, "TENANT_TYPES": types(NOT_OURS, shop=NOT_OURS)},
        ["TENANT_TYPES['public']['APPS']"],
    ),
    "in django-pgschemas": ({"TENANTS": types(OURS, default=OURS)}, ["TENANTS['default']['APPS']"]),
}


@pytest.mark.parametrize(("lists", "named"), WRONG.values(), ids=WRONG)
def test_apps_in_a_wrong_schema_are_an_error(settings, lists, named):
    for name, value in lists.items():
        setattr(settings, name, value)
    messages = run_checks(tags=["jobs_api"])
    assert [type(message) for message in messages] == [Error] * len(named)
    for message, setting in zip(messages, named, strict=True):
        assert message.id == "jobs_api.E038"
        assert setting in message.msg
        assert "'jobs_api' into " in message.hint


RIGHT = {
    "shared": {"SHARED_APPS": OURS, "TENANT_APPS": NOT_OURS},
    "shared by its configuration": {"SHARED_APPS": BY_CONFIG, "TENANT_APPS": NOT_OURS},
    "shared by all types": {"HAS_MULTI_TYPE_TENANTS": True, "TENANT_TYPES": types(OURS, shop=NOT_OURS)},
    "shared in django-pgschemas": {"TENANTS": types(OURS, default=NOT_OURS)},
    "a setting of another meaning": {"TENANTS": ["acme", "umbrella"]},
    "another setting of another meaning": {"TENANTS": {"acme": 5, "umbrella": {"APPS_OF": 5}}},
    "no tenants": {"SHARED_APPS": NOT_OURS},
}


@pytest.mark.parametrize("lists", RIGHT.values(), ids=RIGHT)
def test_apps_in_the_shared_schema_are_right(settings, lists):
    for name, value in lists.items():
        setattr(settings, name, value)
    assert run_checks(tags=["jobs_api"]) == []
