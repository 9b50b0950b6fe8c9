import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from crm.models import Customer, Upload

from ..factories import NOW, customer, order, upload

pytestmark = pytest.mark.django_db


def refused(constraint):
    return pytest.raises(IntegrityError, match=constraint)


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@example.com", "Alice@Example.COM"])
def test_an_email_is_taken_in_any_case(email):
    customer(email="Alice@example.com")
    with refused("crm_customer_email_is_unique_in_any_case"):
        customer(email=email)


def test_people_are_told_that_an_email_is_taken():
    customer(email="alice@example.com")
    with pytest.raises(ValidationError) as told:
        Customer(name="Alice", email="ALICE@example.com").full_clean()
    assert told.value.messages == ["Email already exists"]


@pytest.mark.parametrize(
    "email",
    ["alice", "@example.com", "alice@", "al ice@example.com", "a@b@c", "a@b.c\n", "a@é.com", "é@b.com"],
)
def test_the_database_refuses_what_is_no_email(email):
    with refused("crm_customer_email_has_a_shape"):
        customer(email=email)


@pytest.mark.parametrize("email", ["o'hara+x@b-c.example", "a@xn--9ca.com", "!#$%&'*/=?^_`{|}~@b.com"])
def test_whatever_else_an_address_may_hold_is_taken(email):
    customer(email=email).full_clean()


@pytest.mark.parametrize("email", ["a@é.com", "a@É.com"])
def test_people_are_told_how_to_write_another_domain(email):
    """In SQLite the two would be two customers, in PostgreSQL one."""
    with pytest.raises(ValidationError) as told:
        Customer(name="Alice", email=email).full_clean()
    assert told.value.messages == ["Write the email address in ASCII, and its domain as xn--..."]


@pytest.mark.parametrize("phone", ["", "+1234567890", "123-456-7890"])
def test_a_phone_has_one_of_two_shapes_or_is_left_out(phone):
    customer(phone=phone).full_clean()


@pytest.mark.parametrize(
    "phone", ["123", "1234567890", "+12-34567890", "123-456-78901", "+1234567890\n", "x"]
)
def test_any_other_phone_is_refused_by_the_database_and_explained(phone):
    with refused("crm_customer_phone_has_a_shape"), transaction.atomic():
        customer(phone=phone)
    with pytest.raises(ValidationError, match=r"write \+1234567890 or 123-456-7890"):
        Customer(name="Alice", email="alice@example.com", phone=phone).full_clean()


def test_the_digits_of_a_phone_are_ascii():
    with refused("crm_customer_phone_has_a_shape"):
        customer(phone="+" + "\N{ARABIC-INDIC DIGIT ONE}" * 10)


def test_a_customer_has_a_name():
    with refused("crm_customer_has_a_name"):
        customer(name="")


def test_whoever_has_ordered_cannot_be_deleted():
    buyer = order().customer
    with pytest.raises(ProtectedError):
        buyer.delete()


def test_anonymising_keeps_nothing_personal():
    first, second = customer(phone="123-456-7890"), customer()
    assert Customer.objects.anonymise(now=NOW) == 2
    first.refresh_from_db()
    assert (first.name, first.phone, first.anonymised_at) == ("Former customer", "", NOW)
    assert first.email == f"deleted-{first.pk}@example.invalid"
    second.refresh_from_db()
    second.full_clean()


def test_anonymising_takes_what_they_sent_in_along_and_counts_customers_only():
    former, other = customer(), customer()
    for buyer in (former, former, other):
        upload("hello", buyer=buyer)
    assert Customer.objects.filter(pk=former.pk).anonymise(now=NOW) == 1
    assert [found.customer for found in Upload.objects.all()] == [other]


@pytest.mark.parametrize("remains", [{"name": "Alice"}, {"phone": "+1234567890"}, {"email": "a@example.com"}])
def test_an_anonymised_customer_stays_nobody(remains):
    former = customer()
    Customer.objects.anonymise(now=NOW)
    with refused("crm_customer_anonymised_is_nobody"):
        Customer.objects.filter(pk=former.pk).update(**remains)


@pytest.mark.parametrize("email", ["deleted-1@example.invalid", "a@EXAMPLE.Invalid"])
def test_the_addresses_of_nobody_are_not_for_customers(email):
    with refused("crm_customer_email_of_nobody_is_reserved"), transaction.atomic():
        customer(email=email)
    with pytest.raises(ValidationError) as told:
        Customer(name="Alice", email=email).full_clean()
    assert told.value.messages == ["Addresses at example.invalid are reserved: write another"]


@pytest.mark.parametrize("email", ["a@example.invalid.com", "a@my-example.invalid", "a@sub.example.invalid"])
def test_addresses_that_look_alike_are(email):
    customer(email=email)
