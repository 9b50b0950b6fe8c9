import pytest
from graphql import OperationType, build_schema, get_introspection_query, parse, validate

from crm import documents
from crm.cost import LIST_LENGTH, MAX_COST, MAX_PAGE, CostLimit
from crm.cost import TOP_COST as TOP_COSTS
from crm.limits import MAX_LENGTH, RULES
from crm.schema import schema

from .schema.test_queries import CUSTOMERS, ORDERS, PRODUCTS

TOP_COST, WRITE_COST = TOP_COSTS[OperationType.QUERY], TOP_COSTS[OperationType.MUTATION]
EVERYTHING = """allOrders { totalCount pageInfo { hasNextPage endCursor } edges { cursor node {
    id orderDate totalAmount status
    customer { id name email phone createdAt } products { id name price stock } } } }"""
TOY = build_schema(
    """
    type Mutation { write: Row }
    type Query { row: Row, rows(first: Int, last: Int, after: String): Rows, list: [Row!]!, hello: String }
    type Rows { edges: [Edge!]!, totalCount: Int }
    type Edge { node: Row }
    type Row { id: ID, list: [Row!]!, rows(first: Int, last: Int): Rows }
    input In { id: ID }
    """
)


@pytest.fixture
def cost(monkeypatch):
    """What a document costs: the rule says so, where nothing is allowed."""
    monkeypatch.setattr("crm.cost.MAX_COST", -1)

    def cost(document, against=TOY):
        (error,) = validate(against, parse(document), [CostLimit])
        return int(error.message.split()[3])

    return cost


def told(document, rules=RULES):
    return [error.message for error in validate(schema.graphql_schema, parse(document), rules)]


# -- how it counts ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("document", "below"),
    [
        ("{ hello }", 0),
        ("{ row { id } }", 1),
        ("{ row { id again: id } }", 2),
        ("{ rows(first: 5) { totalCount } }", 5),
        ("{ rows(last: 5) { totalCount } }", 5),
        ("{ rows(first: 5, last: 3) { totalCount } }", 3),
        ("{ rows(first: 5, after: null) { edges { node { id } } } }", 5 * 3),
        ("{ rows(first: 0) { totalCount } }", 0),
        ("{ row { list { id } } }", 1 + LIST_LENGTH),
        ("{ list { list { id } } }", LIST_LENGTH * (1 + LIST_LENGTH)),
        ("{ rows(first: 5) { edges { node { rows(first: 2) { totalCount } } } } }", 5 * (3 + 2)),
        ("{ row { ... on Row { id } ... { id } ...F } } fragment F on Row { id }", 3),
        ("{ ...F } fragment F on Query { row { id } }", 1),
        ("{ __schema { types { name } } }", 3 - TOP_COST),
    ],
)
def test_a_field_counts_as_often_as_it_can_be_answered(cost, document, below):
    assert cost(document) == TOP_COST + below


@pytest.mark.parametrize(
    "size",
    [
        "after: null",
        "first: null",
        "first: 101",
        "first: -1",
        'first: "1"',
        f"first: {'9' * 4500}",
        "first: $n",
    ],
)
def test_a_size_that_is_missing_or_wrong_counts_as_the_largest(cost, size):
    assert cost(f"query ($n: Int = 1) {{ rows({size}) {{ totalCount }} }}") == TOP_COST + MAX_PAGE


def test_aliases_add_up(cost):
    assert cost("{ a: row { id } b: row { id } }") == 2 * cost("{ row { id } }")


def test_each_operation_is_counted_by_itself():
    assert told(f"query A {{ {EVERYTHING} }} query B {{ {EVERYTHING} }}") == []


# -- what passes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "document", [CUSTOMERS, PRODUCTS, ORDERS, documents.PENDING_ORDERS, documents.RESTOCK]
)
def test_what_people_and_jobs_ask_costs_little(cost, document):
    assert cost(document, against=schema.graphql_schema) < MAX_COST / 3


def test_one_page_of_everything_passes():
    assert told(f"{{ {EVERYTHING} }}") == []


def test_graphiql_may_ask_for_the_schema():
    assert told(get_introspection_query(input_value_deprecation=True)) == []


# -- what does not ----------------------------------------------------------------------------

ALIASES = " ".join(f"a{number}: allOrders {{ ...E }}" for number in range(20))


def test_a_document_that_asks_for_everything_many_times_is_refused(cost, monkeypatch):
    document = f"{{ {ALIASES} }} fragment E on OrderConnection {EVERYTHING.removeprefix('allOrders')}"
    assert len(document) < MAX_LENGTH
    price = cost(document, against=schema.graphql_schema)
    assert price == 20 * cost(f"{{ {EVERYTHING} }}", against=schema.graphql_schema) > 5 * MAX_COST
    monkeypatch.undo()
    assert told(document) == [
        f"The query costs {price} of at most {MAX_COST}: ask for smaller pages or fewer fields."
    ]


def test_many_short_questions_to_the_database_are_refused():
    many = MAX_COST // TOP_COST + 1
    document = " ".join(f"a{number}: crmStats {{ totalOrders }}" for number in range(many))
    assert len(document) < MAX_LENGTH
    (message,) = told(f"{{ {document} }}")
    assert "costs" in message


def test_more_than_three_changes_in_one_document_are_refused():
    """Each may write a thousand rows, however little it answers."""
    change = "a%d: updateLowStockProducts { message }"
    document = "mutation { %s }" % " ".join(change % number for number in range(3))  # noqa: UP031
    assert told(document) == []
    (message,) = told(document.replace("{ a0", "{ again: updateLowStockProducts { message } a0", 1))
    assert "costs" in message


def test_no_more_than_twenty_lists_are_counted_for_one_document():
    """Each may search and count a whole table, though it answers with one number."""
    lists = [f"a{number}: allOrders(filter: $f, first: 0) {{ totalCount }}" for number in range(20)]
    document = "query ($f: OrderFilter) {{ {} }}"
    assert told(document.format(" ".join(lists))) == []
    (message,) = told(document.format(" ".join([*lists, "again: hello"])))
    assert "costs" in message


def test_a_change_costs_more_than_a_question(cost):
    assert cost("mutation { write { id } }") == WRITE_COST + 1


def test_the_limit_itself_passes(monkeypatch):
    monkeypatch.setattr("crm.cost.MAX_COST", TOP_COST)
    assert told("{ hello }") == []
    assert len(told("{ hello again: hello }")) == 1


def test_cost_cannot_hide_in_fragments():
    document = "{ ...A } fragment A on Query { %s ...B } fragment B on Query { %s }"
    halves = [f"x{number}: allOrders {{ edges {{ node {{ products {{ id }} }} }} }}" for number in range(8)]
    assert told(document % (halves[0], halves[1])) == []
    (message,) = told(document % (" ".join(halves[:4]), " ".join(halves[4:])))
    assert "costs" in message


def test_fragments_that_double_are_each_looked_at_once(cost):
    doubling = " ".join(f"fragment F{i} on Query {{ ...F{i + 1} ...F{i + 1} }}" for i in range(60))
    assert cost("{ ...F0 } fragment F60 on Query { hello } " + doubling) == 2**60 * TOP_COST


@pytest.mark.parametrize(
    "document",
    [
        "{ ...Me } fragment Me on Query { hello ...Me }",
        "{ ...One } fragment One on Query { ...Two } fragment Two on Query { ...One hello }",
        "{ ...Nobody }",
        "{ nothing { at(all: 1) { ...F } } } fragment F on Nothing { id }",
        "{ hello { deeper } }",
        "{ ...F } fragment F on In { id }",
        "{ ... on In { id } ... on String { id } ... on Nothing { id } }",
        "mutation { hello }",
        "subscription { rows { edges } }",
        "fragment Alone on Query { rows { totalCount } }",
        "{ __typename __type(name: 1) { fields { name } } }",
    ],
)
def test_what_other_rules_refuse_is_left_to_them(document):
    assert validate(TOY, parse(document), [CostLimit]) == []
