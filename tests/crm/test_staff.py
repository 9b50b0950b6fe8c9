import pytest
from django.contrib.auth.models import User

from crm.staff import reachable_staff

pytestmark = pytest.mark.django_db


def test_active_staff_users_with_an_address_are_reachable():
    rosa = User.objects.create_user("rosa", "rosa@example.com", is_staff=True)
    omar = User.objects.create_user("omar", "omar@example.com", is_staff=True)
    User.objects.create_user("gone", "gone@example.com", is_staff=True, is_active=False)
    User.objects.create_user("silent", "", is_staff=True)
    User.objects.create_user("shopper", "shopper@example.com")
    assert reachable_staff() == [(rosa.pk, "rosa@example.com"), (omar.pk, "omar@example.com")]
