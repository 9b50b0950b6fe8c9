"""GraphQL asked in this process, with every permission, held against the rules that requests are."""

from graphql import parse, validate

from crm.graphql.client import LocalContext
from crm.graphql.limits import RULES
from crm.graphql.views import is_unforeseen
from crm.schema import schema

INPUTS = {"allCustomers": "CustomerFilter", "allProducts": "ProductFilter", "allOrders": "OrderFilter"}
PAGES = "$orderBy: String, $first: Int, $last: Int, $offset: Int, $after: String, $before: String"
PASSED = "orderBy: $orderBy, first: $first, last: $last, offset: $offset, after: $after, before: $before"


def result(document, context=None, **variables):
    told = validate(schema.graphql_schema, parse(document), RULES)
    assert not told, told
    return schema.execute(document, variable_values=variables, context_value=context or LocalContext())


def data(document, **variables):
    answer = result(document, **variables)
    assert not answer.errors, answer.errors
    return answer.data


def page(field, wanted="id", **arguments):
    """A page of a list, with the arguments passed as variables."""
    document = f"""query ($filter: {INPUTS[field]}, {PAGES}) {{
        {field}(filter: $filter, {PASSED}) {{
            totalCount pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
            edges {{ cursor node {{ {wanted} }} }}
        }}
    }}"""
    return data(document, **arguments)[field]


def values(field, wanted, **arguments):
    """What one field of each row of a page says."""
    return [edge["node"][wanted] for edge in page(field, wanted, **arguments)["edges"]]


def refusal(document, **variables):
    """The message of the only error, which must be meant to be read."""
    (error,) = result(document, **variables).errors
    assert not is_unforeseen(error), repr(error)
    return error.message


def page_refusal(field, **arguments):
    document = (
        f"query ($filter: {INPUTS[field]}, {PAGES}) {{ {field}(filter: $filter, {PASSED}) {{ totalCount }} }}"
    )
    return refusal(document, **arguments)
