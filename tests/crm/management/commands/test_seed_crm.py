import pytest
from django.contrib.auth.models import User
from django.core.management.base import CommandError

from crm.models import Customer, Order, OrderItem, Post, Product, Upload

from ...factories import NOW
from ...running import run

pytestmark = pytest.mark.django_db
DAY = "--date=2026-03-01"


def seed(*args):
    return run("seed_crm", "--force", DAY, *args)


def content():
    """Everything stored, without the numbers that the database gives."""
    return {
        "customers": sorted(Customer.objects.values_list("name", "email", "phone", "created_at")),
        "products": sorted(Product.objects.values_list("name", "price", "stock")),
        "orders": sorted(
            Order.objects.values_list("customer__email", "order_date", "total_amount", "status")
        ),
        "items": sorted(OrderItem.objects.values_list("order__order_date", "product__name", "quantity")),
        "uploads": sorted(Upload.objects.values_list("customer__email", "text", "status", "created_at")),
        "staff": sorted(User.objects.values_list("username", "email", "is_staff")),
        "posts": sorted(Post.objects.values_list("title", "status", "updated_at")),
    }


def test_it_adds_as_many_customers_as_asked():
    said = seed("--customers=25")
    assert Customer.objects.count() == 25
    assert said.splitlines()[-1] == (
        f"Added 25 customers, {Order.objects.count()} orders, {Upload.objects.count()} uploads, "
        f"{Product.objects.count()} products, {Post.objects.count()} posts, 1 staff."
    )


def test_a_second_time_adds_nothing():
    seed("--customers=25")
    before = content()
    assert seed("--customers=25").endswith(
        "Added 0 customers, 0 orders, 0 uploads, 0 products, 0 posts, 0 staff.\n"
    )
    assert content() == before


def test_more_customers_are_added_to_those_that_are_there():
    seed("--customers=10")
    assert "Added 15 customers" in seed("--customers=25")


def test_the_same_seed_gives_the_same_data():
    seed("--customers=25", "--seed=7")
    first = content()
    for model in (OrderItem, Order, Customer, Product, Post, User):
        model.objects.all().delete()
    seed("--customers=25", "--seed=7")
    assert content() == first


def test_another_seed_gives_other_data():
    seed("--customers=25", "--seed=7")
    assert "Added 25 customers" in seed("--customers=25", "--seed=8")


def test_it_says_how_far_it_is():
    assert seed("--customers=1500").splitlines()[:2] == ["1000 of 1500 customers", "1500 of 1500 customers"]


def test_a_thousand_customers_take_few_statements(django_assert_max_num_queries):
    with django_assert_max_num_queries(60):
        seed("--customers=1000")


def test_it_stays_away_from_what_may_be_real_data(settings):
    with pytest.raises(CommandError, match="--force"):
        run("seed_crm")
    settings.DEBUG = True
    assert "Added" in run("seed_crm", "--customers=1")


def test_a_negative_number_is_refused():
    with pytest.raises(CommandError, match="0 or more"):
        seed("--customers=-1")


def test_moderation_finds_work_of_every_kind_in_it():
    seed("--customers=100")
    said = run("moderate_uploads", run_date=NOW)
    assert said.endswith("Uploads: 4 approved, 3 rejected, 3 for a person.\n")


def test_somebody_on_the_staff_gets_mail_and_cannot_log_in():
    seed("--customers=1")
    staff = User.objects.get(username="sample-staff")
    assert (staff.is_staff, staff.is_superuser, staff.email) == (True, False, "staff@example.com")
    assert not staff.has_usable_password()


def test_whoever_has_that_name_already_stays_as_they_are():
    User.objects.create_user("sample-staff", "grace@example.com", "a-password")
    assert seed("--customers=1").endswith("0 staff.\n")
    staff = User.objects.get(username="sample-staff")
    assert (staff.is_staff, staff.email) == (False, "grace@example.com")


def test_the_clean_ups_find_work_in_it_and_orders_stay():
    seed("--customers=100")
    orders = Order.objects.count()
    cleaned = [run(name, run_date=NOW) for name in ("cleanup_inactive_customers", "cleanup_stale_drafts")]
    assert [said.splitlines()[-1] for said in cleaned] == [
        "Inactive customers: 10 deleted, 10 anonymised.",
        "Stale drafts: 10 deleted.",
    ]
    assert Order.objects.count() == orders
