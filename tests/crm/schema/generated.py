"""What to ask of GraphQL where nobody thinks of each question: mostly as it is meant, now and then not."""

import re

from graphql_relay import offset_to_cursor, to_global_id
from hypothesis import strategies as st
from hypothesis_graphql import nodes

from crm.models import Customer, Product
from crm.models.customer import PHONE as PHONE_SHAPE
from crm.schema import schema

FORMS = {
    "orderBy": "OrderKey",
    "before": "Cursor",
    "after": "Cursor",
    "first": "Page",
    "last": "Page",
    "email": "Email",
    "phone": "Phone",
    "customerId": "CustomerId",
    "productId": "ProductId",
    "productIds": "ProductId",
}
"""Which texts and numbers have a form. As types of their own, most of them can be as they should be."""
SDL = re.sub(
    rf"\b({'|'.join(FORMS)}): (\[?)(String|Int|ID)\b",
    lambda found: f"{found[1]}: {found[2]}{FORMS[found[1]]}",
    str(schema),
) + "".join(f"\nscalar {name}" for name in set(FORMS.values()))
NASTY = ["", " ", "\0", "%", "_", "\\", "'", '"', "\N{PILE OF POO}", "\u0130", "x" * 300, "null", "-", "NaN"]
KEYS = ["id", "-id", "name", "-stock", "price,-name", "orderDate", "-total_amount", "email", "status"]


def mostly(good, nasty):
    """Nasty in one case of eight."""
    return st.integers(0, 7).flatmap(lambda n: nasty if n == 7 else good)


TEXT = mostly(st.sampled_from(["Laptop", "a", "+1", "paid", *NASTY[:10]]), st.text(max_size=20))
EMAIL = mostly(st.emails(), TEXT)
PHONE = mostly(st.from_regex(PHONE_SHAPE), TEXT)
NUMBER = mostly(
    st.decimals("0.01", "99999999.99", places=2).map(str),
    st.decimals(allow_nan=False, allow_infinity=False).map(str)
    | st.sampled_from(["0", "-0", "1e20", "1E-20", "1e400", "-1", "0.001", "1" * 50]),
)
MOMENT = mostly(
    st.datetimes(timezones=st.timezones() | st.none()).map(lambda moment: moment.isoformat()),
    st.sampled_from(["2025-01-01", "0001-01-01", "9999-12-31T23:59:59-14:00", "2025-02-30", "now", ""]),
)
WHOLE = mostly(st.integers(0, 100), st.integers(-(2**31), 2**31 - 1))
PAGE = mostly(st.integers(0, 100), st.sampled_from([-1, 101, 2**31 - 1]))
CURSOR = mostly(st.integers(0, 50), st.sampled_from([-1, 2**31, 2**63])).map(offset_to_cursor)
NO_ID = st.sampled_from(["0", "999999", "-1", "9" * 19, "9" * 30, *NASTY, "Q3VzdG9tZXI6", "UHJvZHVjdDoxMA=="])


def ids(kind, model):
    known = list(model.objects.values_list("pk", flat=True)[:3])
    either = st.sampled_from(known).map(str) | st.sampled_from(known).map(lambda pk: to_global_id(kind, pk))
    return mostly(either, NO_ID).map(nodes.String) | st.sampled_from(known).map(nodes.Int)


def scalars():
    """How each scalar is written in a document."""
    return {
        "ID": NO_ID.map(nodes.String),
        "Int": WHOLE.map(nodes.Int),
        "String": TEXT.map(nodes.String),
        "Decimal": NUMBER.map(nodes.String) | NUMBER.map(nodes.Float) | WHOLE.map(nodes.Int),
        "DateTime": MOMENT.map(nodes.String),
        "OrderKey": mostly(st.sampled_from(KEYS), TEXT).map(nodes.String),
        "Cursor": mostly(CURSOR, TEXT).map(nodes.String),
        "CustomerId": ids("Customer", Customer),
        "ProductId": ids("Product", Product),
        "Page": PAGE.map(nodes.Int),
        "Email": EMAIL.map(nodes.String),
        "Phone": PHONE.map(nodes.String),
    }


HALF_PAIRS = st.text(st.characters(exclude_categories=()))
VALUE = st.none() | st.booleans() | st.integers() | st.floats() | HALF_PAIRS | TEXT | NUMBER | MOMENT
ANYTHING = st.recursive(
    VALUE,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=20,
)
"""Whatever JSON can say."""


def like(**fields):
    """An object with these fields, now and then with a value that none of them can have."""
    return st.fixed_dictionaries({name: mostly(of, ANYTHING) for name, of in fields.items()})


CUSTOMER = like(name=TEXT, email=EMAIL, phone=PHONE)
VARIABLES = {
    "query ($x: OrderFilter) { allOrders(filter: $x) { totalCount } }": like(
        totalAmountGte=NUMBER, orderDateLte=MOMENT, customerName=TEXT, status=TEXT, productId=WHOLE
    ),
    "query ($x: ProductFilter) { allProducts(filter: $x) { totalCount } }": like(
        nameIcontains=TEXT, priceLte=NUMBER, stockGte=WHOLE, lowStock=st.booleans()
    ),
    "mutation ($x: CustomerInput!) { createCustomer(input: $x) { message } }": CUSTOMER,
    "mutation ($x: [CustomerInput!]!) { bulkCreateCustomers(input: $x) { errors } }": st.lists(
        CUSTOMER, max_size=3
    ),
    "mutation ($x: ProductInput!) { createProduct(input: $x) { product { price } } }": like(
        name=TEXT, price=NUMBER, stock=WHOLE
    ),
    "mutation ($x: OrderInput!) { createOrder(input: $x) { order { totalAmount orderDate } } }": like(
        customerId=WHOLE, productIds=st.lists(WHOLE, max_size=5), orderDate=MOMENT
    ),
}
"""Documents, and what to give each as its variable `x`."""
PIECES = '{ } ( ) [ ] ... on : $ @ ! | query mutation hello allOrders node __schema """ # 1e9'
PIECE = st.sampled_from(PIECES.split())
